// A connected stream socket, TCP or unix, as the session uses it: direct non-blocking calls first,
// Asio only to wait. The one type that knows both the descriptor and the io_context; TLS becomes a
// second one with the same members.
//
// The executor is io_context's own, not any_io_executor: no type erasure on the hot path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "os/unique_fd.hpp"

namespace baton::net {

/// What a direct call came to.
struct io_result {
  enum class kind : std::uint8_t { bytes, would_block, end_of_file, failed };
  kind what = kind::would_block;
  std::size_t count = 0;
};

class transport {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using socket_type = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, executor_type>;

  /// `socket` is connected, non-blocking and close-on-exec. `family`: AF_INET, AF_INET6 or AF_UNIX.
  transport(boost::asio::io_context& context, os::unique_fd socket, int family);

  /// Reads once, now.
  [[nodiscard]] io_result try_read(std::span<char> into) noexcept;
  /// Whether a read would find something, without taking it. `count` is at most 1.
  [[nodiscard]] io_result peek() noexcept;
  /// Writes once, now: the concatenation of both parts, as much as the kernel takes.
  [[nodiscard]] io_result try_write(std::string_view first, std::string_view second) noexcept;

  /// Writes once, now, at most `count` bytes of `file` from `offset` on, as many as the kernel takes, without
  /// moving the file's own offset. `end_of_file`: the file has no byte there.
  [[nodiscard]] io_result try_send_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept;

  /// Reads when there is something; `handler(error_code, size_t)`. One at a time.
  template <class Handler>
  void async_read(std::span<char> into, Handler handler) {
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()), std::move(handler));
  }
  template <class Token>
  auto async_wait_readable(Token&& token) {
    return socket_.async_wait(socket_type::wait_read, std::forward<Token>(token));
  }
  template <class Token>
  auto async_wait_writable(Token&& token) {
    return socket_.async_wait(socket_type::wait_write, std::forward<Token>(token));
  }

  /// Completes without an error when the peer has reset or hung up, not when it has only ended its sending, and perhaps
  /// for less (urgent data): `hung_up` says.
  template <class Token>
  auto async_wait_hangup(Token&& token) {
    return socket_.async_wait(socket_type::wait_error, std::forward<Token>(token));
  }
  [[nodiscard]] bool hung_up() noexcept;
  /// Bytes written that the peer's kernel has not acknowledged: progress, where writing does not get on.
  [[nodiscard]] std::size_t unacknowledged() noexcept;

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  /// What is under way completes with operation_aborted.
  void cancel() noexcept;
  void shutdown_write() noexcept;
  /// Idempotent. What is under way completes with operation_aborted.
  void close() noexcept;
  /// Gives the socket away, out of the reactor; nothing may be under way. Throws boost::system::system_error.
  [[nodiscard]] os::unique_fd release();
  [[nodiscard]] int family() const noexcept { return family_; }
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

 private:
  [[nodiscard]] io_result copy_from_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept;

  socket_type socket_;
  int family_;
};

}  // namespace baton::net
