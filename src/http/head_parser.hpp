// The strict reading of a request head (RFC 9112 sections 2 to 6), so that the framing of a request is never
// ambiguous: refused are Transfer-Encoding other than exactly one `chunked`, Transfer-Encoding with
// Content-Length or on HTTP/1.0, repeated or listed Content-Length, line folding, bare CR or LF, bad Host.
//
// One pass, without callbacks. Rejected: a subclass of Beast's basic_parser, which this was; it took 1,220 of the
// 2,990 instructions of a pipelined request, and half of its rules had to be made stricter from outside. A test
// holds this reading against Beast's.
//
// Stateless between calls: a head that is not complete is parsed again from its first byte when more
// has come. The connection calls again only when a new line has ended, so the work stays bounded by
// head size times field count. Kept state would tie the views to a buffer that may still move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <baton/request.hpp>
#include <baton/types.hpp>

namespace baton::http {

struct head_limits {
  std::size_t head = 16 * 1024;
  std::size_t fields = 100;
  std::size_t target = 8 * 1024;
};

enum class body_framing : std::uint8_t { none, length, chunked };

/// What a head says beyond the request itself.
struct head_info {
  body_framing framing = body_framing::none;
  std::uint64_t length = 0;       ///< with `body_framing::length`
  bool keep_alive = true;         ///< RFC 9112 section 9.3
  bool expects_continue = false;  ///< `Expect: 100-continue` on HTTP/1.1
  bool wants_upgrade = false;     ///< `Connection: upgrade` with an `Upgrade` field on HTTP/1.1
};

enum class head_outcome : std::uint8_t { need_more, complete, refused };

struct head_result {
  head_outcome outcome = head_outcome::need_more;
  std::size_t consumed = 0;              ///< bytes of the head, leading empty lines included, when complete
  status refusal = status::bad_request;  ///< when refused: 400, 414, 417, 431, 501 or 505
  std::string_view reason;               ///< when refused: for the client and the log; static storage
};

/// Parses the head at the front of `bytes` into `req` (which must be clear) and `info`. The request's
/// views point into `bytes`; the decoded path may live in the request's own storage. `need_more` and
/// `refused` leave `req` in an unspecified but clearable state. Never throws but std::bad_alloc;
/// allocates nothing once the request's vectors are warm.
[[nodiscard]] head_result parse_head(std::string_view bytes, const head_limits& limits, request& req, head_info& info);

}  // namespace baton::http
