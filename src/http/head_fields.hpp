// What the fields of a head say about its framing and its connection, gathered line by line and judged
// once at the end. Apart from the tokeniser, so that the rules of RFC 9112 section 6 stand in one place.
#pragma once

#include <cstdint>
#include <string_view>

#include <baton/request.hpp>

#include "http/head_parser.hpp"

namespace baton::http {

/// A status and its reason; an empty reason means that all is well.
struct verdict {
  status code = status::bad_request;
  std::string_view reason;
};

class head_fields {
 public:
  explicit head_fields(unsigned version) noexcept : version_{version} {}

  /// Whether a line of this field says anything here; there is no need to give the others to `take`.
  [[nodiscard]] static constexpr bool concern(field id) noexcept {
    switch (id) {
      case field::connection:
      case field::content_length:
      case field::expect:
      case field::host:
      case field::transfer_encoding:
      case field::upgrade:
        return true;
      default:
        return false;
    }
  }

  /// Takes one line. Refuses at once what no later line can mend.
  [[nodiscard]] verdict take(const field_line& line) noexcept;

  /// After the last line: fills `info`, and `req`'s host and content length.
  [[nodiscard]] verdict finish(request& req, head_info& info) const noexcept;

 private:
  [[nodiscard]] verdict take_host(std::string_view value) noexcept;
  [[nodiscard]] verdict take_length(std::string_view value) noexcept;
  [[nodiscard]] verdict take_coding(std::string_view value) noexcept;
  [[nodiscard]] verdict take_connection(std::string_view list) noexcept;
  bool take_option(std::string_view option) noexcept;
  void take_expect(std::string_view list) noexcept;

  unsigned version_;
  std::uint64_t length_ = 0;
  std::string_view host_;
  bool has_host_ = false;
  bool has_length_ = false;
  bool chunked_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_option_ = false;
  bool has_upgrade_ = false;
  bool expects_continue_ = false;
  bool expects_other_ = false;
};

}  // namespace baton::http
