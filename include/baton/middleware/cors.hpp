// Cross-origin requests, as the Fetch standard (section 3.2, "CORS protocol") has them. Belongs to the whole router
// (`router::use` at the top): preflights ask with OPTIONS, for which there seldom is a route.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <baton/router.hpp>

namespace baton::with {

struct cors_options {
  /// Origins that may read answers, as browsers write them: `https://app.example`, without a slash at the end. One
  /// `*` alone: all of them, without credentials.
  std::vector<std::string> origins;
  /// Asked for an origin that is not in the list; true: it may. Any thread.
  std::function<bool(std::string_view origin)> allow;
  /// What a preflight may ask for.
  std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  /// Request fields that scripts may set beyond the simple ones. `*`: all, but not `Authorization`, and only without
  /// credentials.
  std::vector<std::string> fields{"Content-Type"};
  /// Answer fields that scripts may read beyond the simple ones.
  std::vector<std::string> exposed;
  /// Whether cookies and authentication go along.
  bool credentials = false;
  /// How long browsers remember a preflight. Zero: the field is left out (browsers take 5 s then).
  std::chrono::seconds max_age{600};
};

/// Answers preflights itself, with 204. A request of an origin that may not is served, without the fields that would
/// let a script read the answer. Throws std::invalid_argument for `*` with credentials (browsers refuse that, and a
/// list of everybody would be a hole), and for texts that cannot be sent.
[[nodiscard]] middleware cors(cors_options how);

}  // namespace baton::with
