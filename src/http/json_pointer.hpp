// JSON Pointer (RFC 6901): how error answers name the place that is wrong.
#pragma once

#include <string>
#include <string_view>

namespace baton::http {

/// Appends `/` and `token`, with `~` and `/` escaped.
inline void append_pointer(std::string& out, std::string_view token) {
  out += '/';
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

}  // namespace baton::http
