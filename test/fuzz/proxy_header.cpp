// PROXY headers: whatever comes, the same verdict whether it comes at once or with more behind it, and none before its
// time.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.hpp"
#include "http/proxy_header.hpp"

using namespace baton::http;
using outcome = proxy_header::outcome;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const proxy_header whole = parse_proxy_header(bytes);
  baton::fuzz::expect(whole.what != outcome::need_more || size < max_proxy_header);
  if (whole.what == outcome::complete) {
    baton::fuzz::expect(whole.size >= 15 && whole.size <= std::min(size, max_proxy_header));
    baton::fuzz::expect(parse_proxy_header(bytes.substr(0, whole.size)).what == outcome::complete);
    baton::fuzz::expect(parse_proxy_header(bytes.substr(0, whole.size - 1)).what == outcome::need_more);
    static_cast<void>(whole.source.to_string());
  }
  // More bytes change nothing of a verdict.
  const proxy_header half = parse_proxy_header(bytes.substr(0, size / 2));
  if (half.what == outcome::malformed) baton::fuzz::expect(whole.what == outcome::malformed);
  if (half.what == outcome::complete) baton::fuzz::expect(whole.size == half.size);
  return 0;
}
