// The engine's way to the fields that a handler may not set, as request_access is for requests.
#pragma once

#include <string_view>

#include <baton/response.hpp>

namespace baton::http {

class response_access {
 public:
  /// Adds a line unchecked: `name` and `value` must be what `response::set` would take, but for the
  /// fields that belong to the connection.
  static void append_unchecked(response& r, std::string_view name, std::string_view value);

  /// `known_content_type()` as a line with its end; empty without one.
  static std::string_view content_type_line(const response& r) noexcept { return r.content_type_line_; }
};

}  // namespace baton::http
