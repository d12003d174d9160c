// A route's pattern, `[METHOD ]/path`, taken apart and compared with others by the rules of Go 1.22's
// ServeMux (without hosts): of two patterns that match a request in common, one must be more specific,
// or they conflict. So the winner never depends on the order of registration.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <baton/types.hpp>

namespace baton::http {

enum class segment_kind : std::uint8_t {
  literal,   ///< `text` equals the decoded segment; empty for `{$}`, the nothing after a last slash
  wildcard,  ///< `{text}`: one segment that is not empty
  rest       ///< `{text...}` or a trailing slash (`text` is empty then): all that is left, maybe nothing
};

struct segment {
  segment_kind kind = segment_kind::literal;
  std::string text;
};

struct pattern {
  std::string method_text;  ///< empty: any method
  method verb = method::unknown;
  std::string path;  ///< as written
  std::vector<segment> segments;
};

/// How the requests that one pattern matches relate to those of another.
enum class relation : std::uint8_t { equal, more_specific, more_general, overlapping, disjoint };

/// Throws std::invalid_argument with the reason if `text` is malformed.
[[nodiscard]] pattern parse_pattern(std::string_view text);

/// Throws std::invalid_argument if `text` is not a group's prefix: a path without `{...}` rest. The
/// result has no trailing slash.
[[nodiscard]] std::string parse_prefix(std::string_view text);

/// `a` seen from `b`: `more_specific` means that `b` matches everything that `a` does, and more.
[[nodiscard]] relation compare(const pattern& a, const pattern& b);

/// True if registering both must be refused.
[[nodiscard]] bool conflict(const pattern& a, const pattern& b);

}  // namespace baton::http
