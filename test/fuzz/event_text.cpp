// Events: whatever data a handler gives, a client reads it as it was, and no line of it becomes another field or ends the event.
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.hpp"
#include "http/event_text.hpp"

using namespace baton;

namespace {

// As data comes out of a client: every line end is LF.
std::string settled(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] == '\r') {
      made += '\n';
      if (i + 1 != text.size() && text[i + 1] == '\n') ++i;
    } else {
      made += text[i];
    }
  }
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string given{reinterpret_cast<const char*>(data), size};
  std::string text;
  http::append_event(text, event{given});
  fuzz::expect(text.find('\r') == std::string::npos);
  std::string read;
  bool first = true;
  std::string_view rest = text;
  while (rest != "\n") {
    fuzz::expect(rest.starts_with("data: "));
    const std::size_t end = rest.find('\n');
    fuzz::expect(end != std::string_view::npos);
    if (!first) read += '\n';
    read += rest.substr(6, end - 6);
    first = false;
    rest.remove_prefix(end + 1);
  }
  fuzz::expect(read == settled(given));
  return 0;
}
