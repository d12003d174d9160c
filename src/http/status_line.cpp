#include "http/status_line.hpp"

#include <array>
#include <string>

#include <fmt/core.h>

#include <baton/types.hpp>

namespace baton::http {
namespace {

constexpr unsigned first_code = 100;
constexpr unsigned last_code = 599;
using line_table = std::array<std::string, last_code - first_code + 1>;

line_table make_lines() {
  line_table made;
  for (unsigned code = first_code; code <= last_code; ++code) {
    const status known = boost::beast::http::int_to_status(code);
    const auto phrase = boost::beast::http::obsolete_reason(known);
    // RFC 9112 section 4: the space stays, even before an empty phrase.
    made[code - first_code] =
        fmt::format("HTTP/1.1 {} {}\r\n", code,
                    known == status::unknown ? std::string_view{} : std::string_view{phrase.data(), phrase.size()});
  }
  return made;
}

// Not within the function: every answer would ask whether it is made.
const line_table lines = make_lines();

}  // namespace

std::string_view status_line(unsigned code) {
  if (code < first_code || code > last_code) code = 500;
  return lines[code - first_code];
}

}  // namespace baton::http
