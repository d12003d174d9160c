#include "net/transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

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

bool transport::adopting_socket::adopt(const protocol_type& protocol, int descriptor, sharing shared) {
  namespace ops = boost::asio::detail::socket_ops;
  boost::system::error_code failed;
  assign(protocol, descriptor, failed);
  if (failed) return false;
  auto& state = impl_.get_implementation().state_;
  state |= ops::internal_non_blocking;
  if (shared == sharing::sole) state &= static_cast<ops::state_type>(~ops::possible_dup);
  return true;
}

transport::transport(boost::asio::io_context& context, os::unique_fd socket, int family, sharing shared)
    : socket_{context}, unattached_{std::move(socket)}, descriptor_{unattached_}, family_{family}, shared_{shared} {
  if (!unattached_) {
    throw boost::system::system_error{boost::asio::error::make_error_code(boost::asio::error::bad_descriptor)};
  }
}

void transport::enter_reactor() noexcept {
  const boost::asio::generic::stream_protocol protocol{family_, family_ == AF_UNIX ? 0 : IPPROTO_TCP};
  try {
    if (socket_.adopt(protocol, unattached_.get(), shared_)) static_cast<void>(unattached_.release());
  } catch (const std::bad_alloc&) {
    // Asio completes what waits on a socket that it does not have with an error.
  }
}

void transport::secure(std::shared_ptr<const tls_context> with, tls_buffers& buffers) {
  tls_ = std::make_unique<tls_session>(std::move(with), descriptor_.get(), buffers);
}

io_result transport::try_read(std::span<char> into) noexcept {
  if (tls_ != nullptr) [[unlikely]] {
    return tls_->read(into);
  }
  ssize_t count = 0;
  do {
    count = ::recv(descriptor_.get(), into.data(), into.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return outcome(count);
}

io_result transport::peek() noexcept {
  if (tls_ != nullptr && tls_->pending()) return {io_result::kind::bytes, 1};
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::recv(descriptor_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
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
      count = ::syscall(SYS_sendto, descriptor_.get(), first.data(), first.size(), flags, nullptr, 0);
      continue;
    }
    std::array<iovec, 2> parts{
        {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    count = ::sendmsg(descriptor_.get(), &message, flags);
  } while (count < 0 && errno == EINTR);
  return outcome(count);
}

io_result transport::try_send_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept {
  if (tls_ != nullptr) return copy_from_file(file, offset, count);  // it has to be encrypted
  ssize_t sent = 0;
  do {
    auto at = static_cast<off_t>(offset);
    sent = ::sendfile(descriptor_.get(), file.get(), &at, count);
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
  pollfd look{descriptor_.get(), 0, 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & (POLLERR | POLLHUP)) != 0;
}

std::size_t transport::unacknowledged() noexcept {
  int count = 0;
  if (::ioctl(descriptor_.get(), SIOCOUTQ, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

void transport::refuse_plain_http() noexcept {
  constexpr std::string_view answer =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 48\r\n"
      "Connection: close\r\n\r\nThis port speaks HTTPS: use an https:// address.";
  static_cast<void>(::send(descriptor_.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

void transport::cancel() noexcept {
  if (unattached_) return;
  boost::system::error_code ignored;  // only a socket that is not open cannot be cancelled
  socket_.cancel(ignored);
}

void transport::shutdown_write() noexcept {
  if (tls_ != nullptr) {
    tls_->notify_close();
    tls_.reset();
  }
  ::shutdown(descriptor_.get(), SHUT_WR);  // the peer may have gone already; the close that follows is all that counts
}

os::unique_fd transport::release() {
  os::unique_fd released = unattached_ ? std::move(unattached_) : os::unique_fd{socket_.release()};
  descriptor_ = {};
  return released;
}

void transport::close() noexcept {
  descriptor_ = {};  // its number may soon be another's
  unattached_.reset();
  boost::system::error_code ignored;  // Linux has released the descriptor whatever close() says
  socket_.close(ignored);
  if (tls_ != nullptr) tls_->abandon();
}

}  // namespace baton::net
