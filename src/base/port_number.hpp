#pragma once

// The number of a port as addresses are written, in options and in header fields alike.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace baton {

/// A port from 0 to 65535 in decimal digits, or nothing where `text` is anything else; it is read to its end.
[[nodiscard]] inline std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return port;
}

}  // namespace baton
