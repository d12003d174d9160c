// Writes answer heads by appending prepared bytes; Beast's serializer costs a hundred times as much.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <baton/response.hpp>

namespace baton::http {

/// How the answer's body is delimited (RFC 9112 section 6.3).
enum class answer_framing : std::uint8_t {
  length,      ///< Content-Length
  chunked,     ///< Transfer-Encoding: chunked
  until_close  ///< the connection's close, for HTTP/1.0
};

struct head_context {
  std::string_view date_line{};    ///< `Date: ...\r\n`
  std::string_view server_line{};  ///< `Server: ...\r\n` or empty
  answer_framing framing = answer_framing::length;
  std::uint64_t length = 0;     ///< with `length`
  bool close = false;           ///< `Connection: close`
  bool keep_alive_1_0 = false;  ///< `Connection: keep-alive`, for HTTP/1.0 clients that asked
  std::string_view body{};      ///< copied behind the head
};

/// Appends status line, fields and the empty line. 1xx, 204 and 304 have no body and so get neither
/// framing nor `known_content_type()` (RFC 9110 sections 8.6, 15); 426 gets `Connection: Upgrade`. The
/// version is always HTTP/1.1. Allocates nothing once `out` has the capacity.
void append_head(std::string& out, const response& answer, const head_context& context);

/// `HTTP/1.1 101 Switching Protocols` with `Connection: Upgrade` and the answer's fields.
void append_upgrade_head(std::string& out, const response& answer, const head_context& context);

/// One chunk: size line, data, CRLF. Empty `data` appends nothing (that would end the body).
void append_chunk(std::string& out, std::string_view data);

/// The end of a chunked body, with trailer lines (`Name: value\r\n` each).
void append_last_chunk(std::string& out, std::string_view trailers);

inline constexpr std::string_view continue_head = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace baton::http
