// The names under which state and counters pass from build to build: 1 to 128 printable ASCII bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace baton::upgrade {

inline constexpr std::size_t max_handed_name_size = 128;

[[nodiscard]] constexpr bool is_handed_name(std::string_view name) noexcept {
  for (const char c : name) {
    if (c < ' ' || c > '~') return false;
  }
  return !name.empty() && name.size() <= max_handed_name_size;
}

}  // namespace baton::upgrade
