// Compresses piece by piece, with gzip or brotli.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <baton/compression.hpp>

#include "http/content_coding.hpp"

namespace baton::content {

enum class flushing : std::uint8_t {
  none,  ///< what is better compressed with more may stay inside
  sync,  ///< all that was put in can be read by the receiver
  end    ///< the last piece
};

class encoder {
 public:
  /// Appends what comes out to `out`. Throws std::bad_alloc.
  virtual void put(std::string_view data, flushing how, std::string& out) = 0;
  virtual ~encoder() = default;
};

/// `how` is gzip or brotli. `size`: of the whole, where it is known.
[[nodiscard]] std::unique_ptr<encoder> make_encoder(http::coding how, const compression_options& options,
                                                    std::optional<std::uint64_t> size);

}  // namespace baton::content
