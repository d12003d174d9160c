// The framing of multipart bodies (RFC 2046 section 5.1.1) without any waiting: takes bytes as they come, gives heads
// and pieces of content. Strict where readings differ: a line that begins with the delimiter is one, and what
// follows it must be its end. Keeps no more than one part head, or the pieces fed last and a delimiter's length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <baton/multipart.hpp>
#include <baton/types.hpp>

namespace baton::http {

class multipart_parser {
 public:
  enum class outcome : std::uint8_t {
    need_more,  ///< feed, or finish
    part,       ///< a part begins; `fields` are its own
    data,       ///< a piece of its content
    part_end,   ///< its content is over
    end,        ///< the last delimiter has been; what still comes is passed over
    refused     ///< for good; `refusal` and `reason` say why
  };

  struct step {
    outcome what = outcome::need_more;
    std::string_view data{};  ///< with `data`: never empty, valid until the next call
  };

  /// `boundary` must be one that `is_boundary` takes.
  multipart_parser(std::string_view boundary, const multipart_limits& limits);

  void feed(std::string_view bytes);
  /// No more bytes will come.
  void finish() noexcept { finished_ = true; }
  [[nodiscard]] step next();

  [[nodiscard]] std::vector<part_field>& fields() noexcept { return fields_; }
  [[nodiscard]] status refusal() const noexcept { return refusal_; }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

  /// RFC 2046 section 5.1.1: 1 to 70 of certain characters, the last one no space.
  [[nodiscard]] static bool is_boundary(std::string_view text) noexcept;

 private:
  enum class phase : std::uint8_t { preamble, delimiter, head, content, epilogue, refused };

  [[nodiscard]] std::string_view rest() const noexcept { return std::string_view{buffer_}.substr(taken_); }
  step refuse(status with, std::string_view why) noexcept;
  step await(std::string_view what_is_missing) noexcept;
  step find_first();
  step read_delimiter();
  step read_head();
  bool take_field(std::string_view line);
  step read_content();
  step read_epilogue();

  const std::string delimiter_;  // CR LF -- boundary
  const multipart_limits limits_;
  std::string buffer_{"\r\n"};  // so that a delimiter at the very beginning is one
  std::size_t taken_ = 0;
  std::size_t parts_ = 0;
  std::size_t passed_over_ = 0;  // of preamble or epilogue
  phase phase_ = phase::preamble;
  bool in_part_ = false;
  bool finished_ = false;
  std::vector<part_field> fields_;
  status refusal_ = status::bad_request;
  std::string_view reason_;
};

}  // namespace baton::http
