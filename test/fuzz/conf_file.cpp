// Conf files: every one is either refused with a text, or printed as a file that means the same.
#include <cstdint>
#include <string>

#include "config/parser.hpp"
#include "expect.hpp"

using namespace baton;

namespace {

config::outcome printed(const std::string& text) {
  const config::parser parser{[&text](const std::string&) {
    config::file_content content;
    content.text = text;
    return content;
  }};
  const char* const arguments[] = {"server", "--config", "c", "--print-config"};
  return parser.parse(4, arguments);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = printed({reinterpret_cast<const char*>(data), size});
  fuzz::expect(first.next == config::action::exit);
  if (first.exit_status != 0) {
    fuzz::expect(first.exit_status == 2 && !first.err.empty() && first.out.empty());
    return 0;
  }
  const auto second = printed(first.out);
  fuzz::expect(second.exit_status == 0 && second.out == first.out);
  return 0;
}
