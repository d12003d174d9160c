// Inflates piece by piece, gzip, zlib ("deflate" in HTTP) or brotli, and refuses what grows beyond its bounds: the
// decoder never makes more than a buffer at a time, so a bomb costs no more than the bound allows.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include <baton/compression.hpp>

namespace baton::content {

enum class body_coding : std::uint8_t { gzip, deflate, brotli };

class decoder {
 public:
  enum class outcome : std::uint8_t {
    data,       ///< `data` has the next bytes
    need_more,  ///< all of `bytes` is used up
    broken,     ///< not this coding, or bytes behind its end
    too_large   ///< over one of the limits
  };
  struct step {
    outcome what;
    std::string_view data{};  ///< valid until the next call
  };

  decoder(body_coding how, const inflation_options& limits);
  ~decoder();
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;

  /// Takes what it used off `bytes`.
  step next(std::string_view& bytes);

  /// The body may end here: at the end of its coding, or before its first byte.
  [[nodiscard]] bool complete() const noexcept { return taken_ == 0 || (ended_ && !pending_); }

 private:
  class engine;
  class zlib_engine;
  class brotli_engine;

  static constexpr std::size_t room = 16 * 1024;

  const inflation_options limits_;
  std::unique_ptr<engine> engine_;
  std::uint64_t taken_ = 0;
  std::uint64_t made_ = 0;
  bool ended_ = false;    // at the end of the coding
  bool pending_ = false;  // there may be more output without more input
  std::array<char, room> buffer_;
};

}  // namespace baton::content
