// Which of several answers a client wants (RFC 9110 section 12.5), and redirects that stay on this site.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

/// The one of `offers` (media types without parameters, such as `application/json`) that `Accept` gives the highest
/// quality; the first among equals, and the first of all where there is no `Accept`. The most specific range counts for
/// each. nullopt if all are refused. What cannot be read in the field is passed over. The answer depends
/// on the field then: `add_vary(answer, "Accept")`.
[[nodiscard]] std::optional<std::string_view> choose_type(const request& req,
                                                          std::initializer_list<std::string_view> offers);

/// As choose_type, but throws a 406 http_error with code `not_acceptable` that lists the offers instead.
[[nodiscard]] std::string_view require_type(const request& req, std::initializer_list<std::string_view> offers);

/// The one of `offers` (language tags, such as `de-CH`) that `Accept-Language` gives the highest quality, as above. A
/// range `de` takes `de-CH` (RFC 4647 section 3.3.1), and a range `de-CH` takes the offer `de` where no longer one is
/// there (section 3.4). nullopt if none is wanted: answer in a usual one rather than with 406.
[[nodiscard]] std::optional<std::string_view> choose_language(const request& req,
                                                              std::initializer_list<std::string_view> offers);

/// Adds `name` to the field Vary, unless it is there or `*` is.
void add_vary(response& answer, std::string_view name);

/// True for a target that stays on this site whatever a browser makes of it: it begins with one `/`, which neither
/// another one nor a backslash follows, and has no backslash, white space or control character.
[[nodiscard]] bool is_local_target(std::string_view target) noexcept;

/// A redirect to `target`, which may come from the client (`?next=/cart`), if it is local; to `fallback` if not.
[[nodiscard]] response local_redirect(std::string_view target, std::string_view fallback = "/",
                                      status with = status::see_other);

}  // namespace baton
