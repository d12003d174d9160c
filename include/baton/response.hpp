// The answer that a handler returns. It is a value: made by one of the factories, adorned by
// middleware, serialised once by the connection. What frames a message on the wire (Content-Length,
// Transfer-Encoding, Connection, Upgrade, Date) is the connection's business and cannot be set.
//
// Fields are kept as one block of text, ready for the wire: no allocation where no field is set, one
// where a few are. Rejected: a map of strings (an allocation or two per field).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <baton/body_stream.hpp>
#include <baton/types.hpp>

namespace baton {

namespace http {
class response_access;
}  // namespace http

struct file_content;

/// A string literal, known to live for ever; a body or media type made of one is never copied.
class literal {
 public:
  template <std::size_t N>
  consteval explicit literal(const char (&text)[N]) : text_{text, N - 1} {}
  [[nodiscard]] constexpr std::string_view view() const noexcept { return text_; }

 private:
  std::string_view text_;
};

class response {
 public:
  /// Writes the body of a streamed answer; ends when it returns. An exception after the first flush
  /// cuts the connection, so that the client sees the answer is incomplete.
  using producer = std::function<task<void>(body_writer&)>;
  /// Owns an upgraded connection; the connection is closed when it returns.
  using tunnel = std::function<task<void>(upgraded_stream&)>;

  /// An answer without a body.
  explicit response(baton::status status = status::ok) noexcept : status_{status} {}

  /// `text/plain; charset=utf-8`.
  static response text(std::string body, baton::status status = status::ok);
  static response text(literal body, baton::status status = status::ok) noexcept;
  /// `text/html; charset=utf-8`.
  static response html(std::string body, baton::status status = status::ok);
  /// `application/json`; `body` is the document, already serialised.
  static response json(std::string body, baton::status status = status::ok);
  /// Any media type. Throws as `set` does.
  static response bytes(std::string_view content_type, std::string body, baton::status status = status::ok);
  /// A redirect to `location`, 303 unless told otherwise. Throws as `set` does.
  static response redirect(std::string_view location, baton::status status = status::see_other);
  /// An RFC 9457 problem document. `code` and `detail` are shown to the client; either may be empty.
  static response problem(baton::status status, std::string_view code = {}, std::string_view detail = {});
  /// A body made piece by piece. With `length` it is sent with Content-Length and must be exactly as
  /// long; without, chunked (to an HTTP/1.0 client: ended by the close). Throws as `set` does.
  static response stream(std::string_view content_type, producer body,
                         std::optional<std::uint64_t> length = std::nullopt);
  /// A body out of an open file, see <baton/file_content.hpp>; `content` is not empty. For files by name,
  /// with conditions and ranges, there is <baton/static_files.hpp>. Throws as `set` does.
  static response file(std::string_view content_type, std::shared_ptr<const file_content> content,
                       baton::status status = status::ok);
  /// `101 Switching Protocols` (RFC 9110 section 7.8). Answered with 426 where the request did not
  /// ask for `protocol`.
  static response upgrade(std::string_view protocol, tunnel run);

  [[nodiscard]] baton::status status() const noexcept { return status_; }
  response& status(baton::status status) & noexcept {
    status_ = status;
    return *this;
  }
  response&& status(baton::status status) && noexcept { return std::move(this->status(status)); }

  /// Replaces every line of the field. Throws std::invalid_argument if `name` is not a token, if
  /// `value` has a CR, LF, NUL or another control character (RFC 9110 section 5.5), or if the field
  /// belongs to the connection (see above).
  response& set(std::string_view name, std::string_view value) &;
  response&& set(std::string_view name, std::string_view value) && { return std::move(set(name, value)); }
  response& set(field id, std::string_view value) &;
  response&& set(field id, std::string_view value) && { return std::move(set(id, value)); }

  /// Adds one more line, as `Set-Cookie` needs. Throws as `set` does.
  response& append(std::string_view name, std::string_view value) &;
  response&& append(std::string_view name, std::string_view value) && { return std::move(append(name, value)); }

  /// Announces a trailer field that `body_writer::trailer` will send, in the `Trailer` field; left out where the client
  /// takes no trailers. Throws std::invalid_argument if RFC 9110 section 6.5.1 bars `name` from trailers.
  response& announce_trailer(std::string_view name) &;
  response&& announce_trailer(std::string_view name) && { return std::move(announce_trailer(name)); }

  /// Removes every line of the field.
  response& erase(std::string_view name) &;

  /// The first value of the field, nullopt if it is absent. Valid until the next change.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;

  /// The body; empty for a streamed one and for one that lies in a file.
  [[nodiscard]] std::string_view body() const noexcept { return body_literal_.empty() ? body_ : body_literal_; }
  response& body(std::string text) &;
  response&& body(std::string text) && { return std::move(body(std::move(text))); }

  /// Puts a body made piece by piece in the place of the one there is; as `stream`, for middleware.
  response& replace_body(producer made, std::optional<std::uint64_t> length = std::nullopt) &;

  /// The connection closes after this answer.
  response& close() & noexcept {
    close_ = true;
    return *this;
  }
  response&& close() && noexcept { return std::move(close()); }

  [[nodiscard]] bool wants_close() const noexcept { return close_; }
  [[nodiscard]] bool streamed() const noexcept { return static_cast<bool>(producer_); }
  [[nodiscard]] bool upgrades() const noexcept { return static_cast<bool>(tunnel_); }
  /// The body that lies in a file; empty for every other.
  [[nodiscard]] const std::shared_ptr<const file_content>& file_body() const noexcept { return file_; }
  /// A streamed body's announced length.
  [[nodiscard]] std::optional<std::uint64_t> length() const noexcept { return length_; }
  [[nodiscard]] const producer& stream_body() const noexcept { return producer_; }
  [[nodiscard]] const tunnel& upgrade_body() const noexcept { return tunnel_; }
  /// `Content-Type` where it is one of the factories' own, empty where it is among `field_block()`.
  [[nodiscard]] std::string_view known_content_type() const noexcept;
  /// The fields as they go on the wire, `Name: value\r\n` each.
  [[nodiscard]] std::string_view field_block() const noexcept { return fields_; }
  /// The body's storage, to be sent without a copy; leaves the body empty.
  [[nodiscard]] std::string take_body() noexcept { return std::move(body_); }
  [[nodiscard]] bool body_is_literal() const noexcept { return !body_literal_.empty(); }

 private:
  friend class http::response_access;

  baton::status status_;
  bool close_ = false;
  std::string_view content_type_line_;  // static storage only
  std::string_view body_literal_;       // static storage only
  std::string body_;
  std::string fields_;
  std::optional<std::uint64_t> length_;
  std::shared_ptr<const file_content> file_;  // shared: an answer is a value, and may be copied
  producer producer_;
  tunnel tunnel_;
};

}  // namespace baton
