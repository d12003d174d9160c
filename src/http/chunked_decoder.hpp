// The chunked transfer coding of a request body (RFC 9112 section 7.1), byte-exact and bounded. Own
// code rather than Beast's: 1.81 bounds neither chunk lines nor trailers, throws std::length_error
// out of a large trailer, accepts any byte in a quoted extension and merges trailers into the fields.
//
// State: size -> extension -> data -> data_end -> size ... -> trailer -> complete. Sans-IO: it is
// given bytes and returns views into them; it copies nothing but trailer lines. White space is taken
// only where the grammar of extensions has it.
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
  /// As `reset`, with other limits from now on.
  void reset(std::size_t trailer_limit, std::size_t field_limit) noexcept;

  /// Takes the next step. Call again with what is left until `need_more`, `complete` or `refused`.
  [[nodiscard]] step next(std::string_view bytes);

  /// When complete: the trailer fields, valid until `reset`. Those that RFC 9110 section 6.5.1 forbids
  /// there (framing, routing, authentication...) are left out.
  [[nodiscard]] const std::vector<field_line>& trailers() const noexcept { return trailers_; }

  [[nodiscard]] status refusal() const noexcept { return refusal_; }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  enum class state : std::uint8_t {
    size_start,         // first digit of a chunk size
    size,               // its other digits
    extension_end,      // white space after which only `;` may come
    name_start,         // after `;`
    name,               // of an extension
    name_end,           // white space after a name: `=` or `;`
    value_start,        // after `=`
    value,              // a token
    quoted,             // inside a quoted string
    quoted_pair,        // after a backslash there
    quoted_end,         // after the closing quote
    size_line_feed,     // LF of the size line
    data,               // chunk data
    data_return,        // CR after it
    data_line_feed,     // LF after it
    trailer_start,      // first byte of a trailer line, or CR of the end
    trailer_name,       //
    trailer_value,      //
    trailer_line_feed,  // LF of a trailer line
    last_line_feed,     // LF of the end
    complete,
    refused
  };

  void take(char c);
  void take_size(char c);
  void take_extension(char c);
  void take_name_end(char c);
  void take_quoted(char c);
  void take_trailer(char c);
  void take_line_end(char c);
  void end_size_line();
  void end_extension(char c);
  void end_trailer_line();
  void publish_trailers();
  void refuse(status code, std::string_view reason) noexcept;
  [[nodiscard]] bool in_size_line() const noexcept { return state_ < state::data; }
  [[nodiscard]] bool in_extension() const noexcept {
    return state_ >= state::extension_end && state_ <= state::quoted_end;
  }
  [[nodiscard]] bool in_trailer() const noexcept {
    return state_ >= state::trailer_start && state_ <= state::trailer_line_feed;
  }

  // constant while a body is read
  std::size_t trailer_limit_;
  std::size_t field_limit_;

  state state_ = state::size_start;
  std::uint64_t size_ = 0;              // of the chunk; what is left of it while in its data
  std::size_t line_bytes_ = 0;          // of the present size line
  std::size_t extension_bytes_ = 0;     // of all size lines
  std::size_t trailer_bytes_ = 0;       // of all trailer lines, those left out included
  std::size_t trailer_lines_ = 0;       //
  std::size_t trailer_line_start_ = 0;  // in trailer_text_
  std::string trailer_text_;            // the lines kept, each ended by LF
  std::vector<field_line> trailers_;
  status refusal_ = status::bad_request;
  std::string_view reason_;
};

}  // namespace baton::http
