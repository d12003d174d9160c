// The known name that an unknown one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace baton::config {

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The nearest of `known` if it is near enough to be a slip of the fingers, or the only one whose last
/// part (`head` of `limits.head`) is the last part of `name`; else empty. `name` longer than 64 bytes has none.
[[nodiscard]] std::string_view suggestion(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace baton::config
