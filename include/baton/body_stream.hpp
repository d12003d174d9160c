// Bodies piece by piece: what a handler reads a request from, and what it writes an answer to, when
// the whole does not belong into memory. Both push back: a slow peer suspends the coroutine.
//
// A client that goes away, by a reset or by closing a unix socket, cancels the coroutine that works for it:
// it is resumed with `boost::asio::error::operation_aborted` where it waits. One that merely has shut down its
// writing side gets its answer; whether it still reads, TCP tells only to those who write to it.
#pragma once

#include <chrono>
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

  /// Adds a trailer field, sent behind the body (RFC 9110 section 6.5). False, and nothing is sent, where the
  /// client did not say `TE: trailers` or the body is not chunked. `response::announce_trailer` tells the client
  /// beforehand. Throws std::invalid_argument for what `response::set` refuses and for fields that section 6.5.1 bars
  /// from trailers, std::length_error beyond 16 KiB of them.
  virtual bool trailer(std::string_view name, std::string_view value) = 0;

  /// The server drains (it stops, or hands over to its successor): a body without an end of its own should
  /// find one soon. False again if the drain is called off.
  [[nodiscard]] virtual bool draining() const noexcept = 0;

  /// Waits for `time`, or until a drain begins, or `wake` is called. False: the server drains (at once, if it
  /// does already). What was written and not flushed stays where it is. Throws as `write` does when the
  /// client has gone meanwhile. One at a time.
  virtual task<bool> wait(std::chrono::milliseconds time) = 0;
  /// Ends the present `wait`, which returns as if its time had passed; nothing if there is none. On the worker's
  /// thread, that is, from what was posted to the coroutine's executor.
  virtual void wake() noexcept = 0;

  /// From now on the beginning of a drain cancels the coroutine wherever it is suspended, but for `wait`, as if
  /// the client had gone: it gets `operation_aborted`. To write further it must first
  /// `co_await boost::asio::this_coro::reset_cancellation_state()`.
  virtual void cancel_on_drain() noexcept = 0;

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

  /// The server drains (it stops, or hands over to its successor): the connection holds it up, at most for
  /// `drain.timeout`, and should end. False again if the drain is called off.
  [[nodiscard]] virtual bool draining() const noexcept = 0;
  /// Waits until `read` has something to say at once (bytes, end-of-file, an error): true. False: `time` has
  /// passed, or a drain has begun; that ends the present `wait`, not later ones. One at a time, and not beside `read`.
  virtual task<bool> wait(std::chrono::milliseconds time) = 0;

 protected:
  ~upgraded_stream() = default;
};

}  // namespace baton
