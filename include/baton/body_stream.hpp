// Bodies piece by piece: what a handler reads a request from, and what it writes an answer to, when
// the whole does not belong into memory. Both push back: a slow peer suspends the coroutine.
#pragma once

#include <cstddef>
#include <string_view>

#include <baton/types.hpp>

namespace baton {

/// The request's body as it arrives. Given to handlers of the form
/// `task<response>(request&, body_stream&)`; lives until the answer is complete. One reader at a time.
class body_stream {
 public:
  /// The next piece, never empty before the end; empty at the end, then and ever after. The view is
  /// valid until the next `read`. Sends `100 Continue` first where the client waits for it (RFC 9110
  /// section 10.1.1). Throws `http_error`: 400 for broken framing or a body cut short, 408 for one
  /// that came too slowly, 413 for one over the limit. The connection closes after such an error.
  virtual task<std::string_view> read() = 0;

 protected:
  ~body_stream() = default;
};

/// The answer's body as it is produced. One writer at a time.
class body_writer {
 public:
  /// Appends to the answer; `data` may be reused when it returns. Small pieces are gathered (16 KiB)
  /// and leave together, see `flush`. Suspends while the client reads too slowly. Throws
  /// `boost::system::system_error` when the client has gone or the write time-out has passed, and
  /// std::length_error when more is written than the announced length.
  virtual task<void> write(std::string_view data) = 0;

  /// Sends what has been gathered now. Before the first flush nothing has been sent: an exception
  /// up to there is still answered with a proper error.
  virtual task<void> flush() = 0;

 protected:
  ~body_writer() = default;
};

/// A connection that has left HTTP by `response::upgrade`: bytes both ways. Bytes that came with the
/// request are read first.
class upgraded_stream {
 public:
  /// The next bytes; empty at end-of-file. Valid until the next `read`. Throws
  /// `boost::system::system_error` on a connection error.
  virtual task<std::string_view> read() = 0;
  /// Writes all of `data`. Throws as `read` does.
  virtual task<void> write(std::string_view data) = 0;

 protected:
  ~upgraded_stream() = default;
};

}  // namespace baton
