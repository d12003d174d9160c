// What a handler may put into an answer's fields: the place where response splitting and a second
// opinion on framing end.
#pragma once

#include <string_view>

namespace baton::http {

/// True for the fields that the connection writes itself: framing, persistence, Date.
[[nodiscard]] bool belongs_to_connection(std::string_view name) noexcept;

/// Throws std::invalid_argument unless `name` is a token outside `belongs_to_connection` and `value`
/// has no control character but HTAB (RFC 9110 sections 5.1 and 5.5).
void check_field(std::string_view name, std::string_view value);

/// The part of `check_field` that looks at the value.
void check_value(std::string_view name, std::string_view value);

/// Throws as `check_field`, and for what a trailer may not carry.
void check_trailer(std::string_view name, std::string_view value);

/// True for what a request's trailer may not carry (RFC 9110 section 6.5.1): framing, routing,
/// authentication, request modifiers, cache controls and how to read the content.
[[nodiscard]] bool forbidden_in_trailer(std::string_view name) noexcept;

}  // namespace baton::http
