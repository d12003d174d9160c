// Conditional requests (RFC 9110 section 13): what a client has already, and what it refuses to change
// unseen. Static files do this by themselves; handlers with content of their own give its validators:
//
//     const baton::validators now{.etag = "\"" + version + "\""};
//     if (auto answer = baton::precondition_answer(req, now)) return std::move(*answer);
//     return baton::set_validators(baton::response::json(document), now);
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

/// What tells one state of a resource from another.
struct validators {
  /// As on the wire, `"abc"` or, where two states may share it, `W/"abc"`. Empty: none.
  std::string etag{};
  std::optional<std::chrono::sys_seconds> last_modified{};
  /// The content has surely not changed twice within the second of `last_modified` (RFC 9110 section
  /// 8.8.2.2), so that it may stand in `If-Range`.
  bool date_is_strong = false;
  /// False where there is nothing yet: `If-Match: *` fails and `If-None-Match: *` holds.
  bool exists = true;
};

enum class precondition : std::uint8_t {
  none,          ///< go on
  not_modified,  ///< 304
  failed         ///< 412
};

/// In the order of RFC 9110 section 13.2.2. `If-Modified-Since` counts for GET and HEAD alone; a date
/// that is none is ignored, a list of tags ends where it is malformed.
[[nodiscard]] precondition evaluate(const request& req, const validators& current);

/// The 304 (with the validators) or 412 that has to be sent, if any.
[[nodiscard]] std::optional<response> precondition_answer(const request& req, const validators& current);

/// Sets `ETag` and `Last-Modified`, as far as they are there.
response& set_validators(response& answer, const validators& current);
inline response set_validators(response&& answer, const validators& current) {
  return std::move(set_validators(answer, current));
}

/// Whether a `Range` counts: true without `If-Range`, or where it holds (RFC 9110 section 13.1.5; tags
/// compare strongly).
[[nodiscard]] bool range_applies(const request& req, const validators& current);

/// Any of the three forms of RFC 9110 section 5.6.7; nullopt for anything else. Years of two digits
/// are 1970 to 2069.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace baton
