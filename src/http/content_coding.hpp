// Which content coding an answer gets (RFC 9110 section 12.5.3): what the client says, with its q-values, against what
// there is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <baton/request.hpp>

namespace baton::http {

enum class coding : std::uint8_t { identity, gzip, brotli, zstd };

/// As in `Content-Encoding`: `gzip`, `br`, `zstd`, `identity`.
[[nodiscard]] std::string_view to_string(coding value) noexcept;
/// `x-gzip` is gzip (RFC 9110 section 8.4.1.3). Without regard to case.
[[nodiscard]] std::optional<coding> coding_named(std::string_view name) noexcept;

/// What one request accepts.
class accepted_codings {
 public:
  /// Without `Accept-Encoding`, or with an empty one: identity alone. A malformed element is passed over.
  explicit accepted_codings(const request& req) noexcept;

  /// In thousandths; 0: not acceptable.
  [[nodiscard]] unsigned quality(coding of) const noexcept;

  /// The one of `offered`, the server's favourite first, with the highest quality; identity if it is liked more
  /// than each of them, or none is acceptable.
  [[nodiscard]] coding best(std::span<const coding> offered) const noexcept;

 private:
  void read(std::string_view element) noexcept;

  std::array<std::optional<unsigned>, 4> named_{};
  std::optional<unsigned> any_;
};

}  // namespace baton::http
