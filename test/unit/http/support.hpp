// What the tests of this layer share: a head parsed into a request, with what became of it.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "http/head_parser.hpp"
#include "http/request_access.hpp"

namespace baton::http {

inline std::ostream& operator<<(std::ostream& out, head_outcome value) {
  return out << (value == head_outcome::complete  ? "complete"
                 : value == head_outcome::refused ? "refused"
                                                  : "need_more");
}

inline std::ostream& operator<<(std::ostream& out, body_framing value) {
  return out << static_cast<int>(value);
}

/// Keeps the bytes that the request's views point into.
struct parsed_head {
  explicit parsed_head(std::string text, head_limits limits = {}) : bytes{std::move(text)} {
    result = parse_head(bytes, limits, req, info);
  }

  std::string bytes;
  request req;
  head_info info;
  head_result result;
};

/// A GET of `target` with a Host and, in `fields`, more lines with their ends.
inline std::string get_head(std::string_view target, std::string_view fields = {}) {
  std::string head{"GET "};
  head += target;
  head += " HTTP/1.1\r\nHost: example.org\r\n";
  head += fields;
  head += "\r\n";
  return head;
}

}  // namespace baton::http
