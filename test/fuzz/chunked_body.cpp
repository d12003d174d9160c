// Chunked bodies: however the bytes are cut into pieces, the same body, trailers and refusal come out.
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.hpp"
#include "http/chunked_decoder.hpp"

using namespace baton;

namespace {

struct decoded {
  http::chunked_decoder::outcome end{};
  std::string body;
  std::string trailers;
  friend bool operator==(const decoded&, const decoded&) = default;
};

decoded decode(std::string_view bytes, std::size_t piece) {
  using outcome = http::chunked_decoder::outcome;
  http::chunked_decoder decoder{1024, 10};
  decoded all;
  while (!bytes.empty() && all.end != outcome::complete && all.end != outcome::refused) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    do {
      const auto step = decoder.next(part);
      fuzz::expect(step.consumed <= part.size());
      part.remove_prefix(step.consumed);
      all.body += step.data;
      all.end = step.what;
    } while (all.end == outcome::data);
  }
  if (all.end == outcome::complete) {
    for (const field_line& line : decoder.trailers()) all.trailers.append(line.name).append("=").append(line.value);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const decoded whole = decode(bytes, size + 1);
  fuzz::expect(whole.body.size() <= size);
  fuzz::expect(decode(bytes, 1) == whole);
  fuzz::expect(decode(bytes, 7) == whole);
  return 0;
}
