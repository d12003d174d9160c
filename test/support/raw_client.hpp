// A client that sends exactly the bytes it is told to and sees how the connection ends. Blocking, with
// a deadline on everything. Rejected: an HTTP client library; it would repair what is to be tested.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "support/descriptor.hpp"
#include "support/endpoint.hpp"
#include "support/eventually.hpp"
#include "support/reply_parser.hpp"

namespace baton::test {

/// How far a connection has come to its end, as the client sees it.
enum class ending { open, fin, reset };
[[nodiscard]] std::string_view to_string(ending end) noexcept;

class raw_client {
 public:
  /// Throws std::system_error if the connection cannot be made in time. `[::]` and `0.0.0.0` are
  /// reached through the loopback address.
  explicit raw_client(const endpoint& where, std::chrono::milliseconds limit = patience);

  /// Sends all of it, reading meanwhile, so that a server that answers early does not block both.
  /// The error if the peer has closed or the time is over; what was received stays readable.
  std::error_code try_send(std::string_view bytes, std::chrono::milliseconds limit = patience);
  /// As `try_send`; throws std::system_error.
  void send(std::string_view bytes, std::chrono::milliseconds limit = patience);
  /// Sends FIN; the answer can still be read.
  void half_close();
  /// Closes with RST.
  void abort();

  /// The next answer; interim ones are counted and passed over unless `interim` is asked for. Throws
  /// std::runtime_error, with what had come, if it is not complete in time.
  reply read(std::chrono::milliseconds limit = patience, bool to_head = false);
  reply read_interim(std::chrono::milliseconds limit = patience);
  /// `GET path` on this connection, and its answer.
  reply get(std::string_view path, std::string_view fields = {});

  /// Reads whatever comes until the connection ends; `open` if it does not within the limit.
  ending await_end(std::chrono::milliseconds limit = patience);
  /// Reads what has arrived by now without waiting.
  ending poll_end();
  /// Waits until something arrives or the connection ends; false if neither happens.
  bool await_bytes(std::chrono::milliseconds limit = patience);

  /// No byte has come that belongs to no answer read so far.
  [[nodiscard]] bool nothing_unread() const { return parser_.between(); }
  [[nodiscard]] ending end() const noexcept { return end_; }
  [[nodiscard]] std::size_t interims() const noexcept { return interims_; }
  [[nodiscard]] std::size_t bytes_received() const noexcept { return received_; }
  /// How many reads from the socket brought bytes: one for answers that came in one segment.
  [[nodiscard]] std::size_t reads() const noexcept { return reads_; }
  /// For reading answers out of what came while `await_end` or `poll_end` read.
  [[nodiscard]] reply_parser& parser() noexcept { return parser_; }
  [[nodiscard]] int native() const noexcept { return fd_.get(); }

 private:
  bool receive(std::chrono::milliseconds limit);
  reply read_any(std::chrono::milliseconds limit, bool to_head);
  void take(long count, const char* data);

  descriptor fd_;
  reply_parser parser_;
  ending end_ = ending::open;
  std::size_t interims_ = 0;
  std::size_t received_ = 0;
  std::size_t reads_ = 0;
};

/// A connection of its own for one GET.
[[nodiscard]] reply get(const endpoint& where, std::string_view path, std::string_view fields = {});

/// Nobody listens there: a connection is refused within a second.
[[nodiscard]] bool refuses(const endpoint& where);

/// `GET path HTTP/1.1` with Host and `fields`, each with its line end.
[[nodiscard]] std::string get_request(std::string_view path, std::string_view fields = {});

/// `POST path` with Content-Length and the body.
[[nodiscard]] std::string post_request(std::string_view path, std::string_view body, std::string_view fields = {});

}  // namespace baton::test
