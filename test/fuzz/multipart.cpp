// Multipart bodies: what they are cut into changes nothing, and no content has the delimiter in it.
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.hpp"
#include "http/disposition.hpp"
#include "http/multipart_parser.hpp"

using namespace baton;
using outcome = http::multipart_parser::outcome;

namespace {

// Heads and contents in one text, or why there is none.
std::string read(std::string_view bytes, std::size_t piece) {
  multipart_limits limits;
  limits.parts = 8;
  limits.part_head = 256;
  limits.part_fields = 4;
  http::multipart_parser parser{"XX", limits};
  std::string all;
  std::string content;
  for (;;) {
    const auto step = parser.next();
    switch (step.what) {
      case outcome::need_more:
        if (bytes.empty()) parser.finish();
        parser.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        break;
      case outcome::part:
        fuzz::expect(parser.fields().size() <= 4);
        static_cast<void>(http::disposition_of(parser.fields()));
        for (const part_field& each : parser.fields()) all += each.name + ":" + each.value + "\n";
        break;
      case outcome::data:
        fuzz::expect(!step.data.empty());
        content += step.data;
        break;
      case outcome::part_end:
        fuzz::expect(content.find("\r\n--XX") == std::string::npos);
        all += content + "|";
        content.clear();
        break;
      case outcome::refused:
        fuzz::expect(!parser.reason().empty());
        return "refused";
      case outcome::end:
        if (bytes.empty()) return all;
        parser.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::string whole = read(bytes, size + 1);
  // What is passed over may be too long by where it is cut, but never differently read.
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const std::string cut = read(bytes, piece);
    fuzz::expect(cut == whole || cut == "refused" || whole == "refused");
  }
  static_cast<void>(http::parse_parameters(bytes));
  fuzz::expect(safe_file_name(bytes).find_first_of("/\\") == std::string::npos);
  return 0;
}
