// A connected stream socket that is looked into before it belongs to a transport: what is read of it is taken
// exactly, so that whoever reads on, a TLS handshake among them, finds its own first byte first.
#pragma once

#include <cstddef>
#include <span>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/descriptor_base.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "net/transport.hpp"
#include "os/unique_fd.hpp"

namespace baton::net {

class peeking_socket {
 public:
  /// `socket` is connected, non-blocking and close-on-exec. Throws boost::system::system_error if it cannot be
  /// waited for.
  peeking_socket(boost::asio::io_context& context, os::unique_fd socket);

  /// What has come, without taking it.
  [[nodiscard]] io_result peek(std::span<char> into) noexcept;
  /// Takes `count` bytes that `peek` has shown. False: the connection is broken.
  [[nodiscard]] bool take(std::size_t count) noexcept;

  template <class Handler>
  void async_wait_readable(Handler handler) {
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(handler));
  }
  /// Idempotent. A wait completes with operation_aborted.
  void close() noexcept;
  /// Gives the socket away, out of the reactor; nothing may be under way. Throws boost::system::system_error.
  [[nodiscard]] os::unique_fd release();

 private:
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
};

}  // namespace baton::net
