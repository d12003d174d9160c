// Coded request bodies: whatever comes, in whatever pieces, stays within its bounds and comes to the same.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "content/decoder.hpp"
#include "expect.hpp"

using namespace baton;
using outcome = content::decoder::outcome;

namespace {

struct result {
  outcome end = outcome::need_more;
  std::string text;
  bool complete = false;
};

result inflate(std::string_view bytes, content::body_coding how, std::size_t step) {
  inflation_options limits;
  limits.maximum_size = 256 * 1024;
  content::decoder with{how, limits};
  result made;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    for (;;) {
      const content::decoder::step next = with.next(piece);
      made.end = next.what;
      if (next.what != outcome::data) break;
      made.text += next.data;
    }
    if (made.end != outcome::need_more) return made;
    fuzz::expect(piece.empty());
  }
  made.complete = with.complete();
  fuzz::expect(made.text.size() <= limits.maximum_size);
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto how = static_cast<content::body_coding>(data[0] % 3);
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
  const result whole = inflate(bytes, how, bytes.size());
  const result pieces = inflate(bytes, how, std::max<std::size_t>(data[1], 1));
  const bool good = whole.end == outcome::need_more && pieces.end == outcome::need_more;
  if (good) fuzz::expect(whole.text == pieces.text && whole.complete == pieces.complete);
  return 0;
}
