#include "net/transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace baton::net {
namespace {

io_result outcome(ssize_t count) noexcept {
  if (count > 0) return {io_result::kind::bytes, static_cast<std::size_t>(count)};
  if (count == 0) return {io_result::kind::end_of_file, 0};
  const bool blocked = errno == EAGAIN || errno == EWOULDBLOCK;
  return {blocked ? io_result::kind::would_block : io_result::kind::failed, 0};
}

}  // namespace

transport::transport(boost::asio::io_context& context, os::unique_fd socket, int family)
    : socket_{context}, family_{family} {
  const boost::asio::generic::stream_protocol protocol{family, family == AF_UNIX ? 0 : IPPROTO_TCP};
  socket_.assign(protocol, socket.get());
  static_cast<void>(socket.release());  // Asio owns it now; had `assign` thrown, `socket` would have closed it
}

void transport::secure(std::shared_ptr<const tls_context> with, tls_buffers& buffers) {
  tls_ = std::make_unique<tls_session>(std::move(with), socket_.native_handle(), buffers);
}

io_result transport::try_read(std::span<char> into) noexcept {
  if (tls_ != nullptr) [[unlikely]] {
    return tls_->read(into);
  }
  ssize_t count = 0;
  do {
    count = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return outcome(count);
}

io_result transport::peek() noexcept {
  if (tls_ != nullptr && tls_->pending()) return {io_result::kind::bytes, 1};
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::recv(socket_.native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  } while (count < 0 && errno == EINTR);
  return outcome(count);
}

io_result transport::try_write(std::string_view first, std::string_view second, bool more) noexcept {
  if (tls_ != nullptr) [[unlikely]] {
    return tls_->write(first, second);
  }
  ssize_t count = 0;
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
  do {
    if (second.empty()) {
      // The bare system call: glibc's wrapper is a cancellation point, which costs four atomic operations
      // in a process with threads.
      count = ::syscall(SYS_sendto, socket_.native_handle(), first.data(), first.size(), flags, nullptr, 0);
      continue;
    }
    std::array<iovec, 2> parts{
        {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    count = ::sendmsg(socket_.native_handle(), &message, flags);
  } while (count < 0 && errno == EINTR);
  return outcome(count);
}

io_result transport::try_send_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept {
  if (tls_ != nullptr) return copy_from_file(file, offset, count);  // it has to be encrypted
  ssize_t sent = 0;
  do {
    auto at = static_cast<off_t>(offset);
    sent = ::sendfile(socket_.native_handle(), file.get(), &at, count);
  } while (sent < 0 && errno == EINTR);
  const bool unable = sent < 0 && (errno == EINVAL || errno == ENOSYS);  // some file systems
  return unable ? copy_from_file(file, offset, count) : outcome(sent);
}

// What the kernel does not take is read again the next time.
io_result transport::copy_from_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept {
  std::array<char, 16 * 1024> piece;  // NOLINT: written before read
  ssize_t got = 0;
  do {
    got = ::pread(file.get(), piece.data(), std::min(count, piece.size()), static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return {io_result::kind::failed, 0};
  return got == 0 ? outcome(0) : try_write({piece.data(), static_cast<std::size_t>(got)}, {});
}

bool transport::hung_up() noexcept {
  pollfd look{socket_.native_handle(), 0, 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & (POLLERR | POLLHUP)) != 0;
}

std::size_t transport::unacknowledged() noexcept {
  int count = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

void transport::refuse_plain_http() noexcept {
  constexpr std::string_view answer =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 48\r\n"
      "Connection: close\r\n\r\nThis port speaks HTTPS: use an https:// address.";
  static_cast<void>(::send(socket_.native_handle(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

void transport::cancel() noexcept {
  boost::system::error_code ignored;  // only a socket that is not open cannot be cancelled
  socket_.cancel(ignored);
}

void transport::shutdown_write() noexcept {
  if (tls_ != nullptr) {
    tls_->notify_close();
    tls_.reset();
  }
  boost::system::error_code ignored;  // the peer may have gone already; the close that follows is all that counts
  socket_.shutdown(socket_type::shutdown_send, ignored);
}

os::unique_fd transport::release() {
  return os::unique_fd{socket_.release()};
}

void transport::close() noexcept {
  boost::system::error_code ignored;  // Linux has released the descriptor whatever close() says
  socket_.close(ignored);
  if (tls_ != nullptr) tls_->abandon();
}

}  // namespace baton::net
