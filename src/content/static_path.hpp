// From a request to the name of a file: the one place that decides which spellings of a path are names at
// all. What is refused is refused as if it were not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <baton/request.hpp>

namespace baton::content {

struct static_path {
  std::string name;        ///< relative, decoded, without empty, `.` or `..` segments; empty: the root itself
  bool directory = false;  ///< it was asked for with a slash at its end, or is empty
};

/// What the pattern of the request's route leaves open, as it was sent: nothing of it is checked.
[[nodiscard]] std::string_view open_part(const request& req);

/// What the pattern of the request's route leaves open. Nullopt for an empty segment, an escaped slash, a backslash or
/// control character in any spelling, `.` and `..`, and, unless `dot_files`, a name that begins with a dot, except
/// `.well-known` at the beginning.
[[nodiscard]] std::optional<static_path> static_path_of(const request& req, bool dot_files);

}  // namespace baton::content
