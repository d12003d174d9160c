#include "net/peeking_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>

namespace baton::net {

peeking_socket::peeking_socket(boost::asio::io_context& context, os::unique_fd socket)
    : descriptor_{context.get_executor()} {
  descriptor_.assign(socket.get());
  static_cast<void>(socket.release());
}

io_result peeking_socket::peek(std::span<char> into) noexcept {
  ssize_t count = 0;
  do {
    count = ::recv(descriptor_.native_handle(), into.data(), into.size(), MSG_PEEK);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {io_result::kind::bytes, static_cast<std::size_t>(count)};
  if (count == 0) return {io_result::kind::end_of_file, 0};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? io_result::kind::would_block : io_result::kind::failed, 0};
}

bool peeking_socket::take(std::size_t count) noexcept {
  std::array<char, 512> dropped;
  while (count != 0) {
    const ssize_t got = ::recv(descriptor_.native_handle(), dropped.data(), std::min(count, dropped.size()), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

void peeking_socket::close() noexcept {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

os::unique_fd peeking_socket::release() {
  return os::unique_fd{descriptor_.release()};
}

}  // namespace baton::net
