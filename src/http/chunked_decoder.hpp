// The chunked transfer coding of a request body (RFC 9112 section 7.1), byte-exact and bounded. Own
// code rather than Beast's: 1.81 bounds neither chunk lines nor trailers, throws std::length_error
// out of a large trailer, accepts any byte in a quoted extension and merges trailers into the fields.
//
// State: size -> extension -> data -> data_end -> size ... -> trailer -> complete. Sans-IO: it is
// given bytes and returns views into them; it copies nothing but trailer lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <baton/request.hpp>
#include <baton/types.hpp>

namespace baton::http {

class chunked_decoder {
 public:
  enum class outcome : std::uint8_t {
    need_more,  ///< everything given has been consumed
    data,       ///< `data` is a piece of the body, a view into the bytes given
    complete,   ///< the last chunk and its trailers have been read
    refused,    ///< broken framing; `refusal` and `reason` say how. Final.
  };
  struct step {
    outcome what = outcome::need_more;
    std::size_t consumed = 0;  ///< bytes to drop from the front; the rest is still to be given
    std::string_view data;
  };

  /// Limits: `field_limit` trailer lines and `trailer_limit` bytes of them (431); a chunk-size line
  /// of 256 bytes; extensions of 16 KiB in all per body (400).
  chunked_decoder(std::size_t trailer_limit, std::size_t field_limit) noexcept;

  /// Begins a new body; keeps the trailer storage's capacity.
  void reset() noexcept;

  /// Takes the next step. Call again with what is left until `need_more`, `complete` or `refused`.
  [[nodiscard]] step next(std::string_view bytes);

  /// When complete: the trailer fields, valid until `reset`. Those that RFC 9110 section 6.5.1 forbids
  /// there (framing, routing, authentication...) are left out.
  [[nodiscard]] const std::vector<field_line>& trailers() const noexcept { return trailers_; }

  [[nodiscard]] status refusal() const noexcept { return refusal_; }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  std::vector<field_line> trailers_;
  status refusal_ = status::bad_request;
  std::string_view reason_;
  // the implementation's own members follow here
};

}  // namespace baton::http
