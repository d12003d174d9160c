#include "os/notify_receiver.hpp"

#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace baton::os {
namespace {

constexpr std::size_t largest_note = 4096;  // systemd's own limit

std::optional<ucred> sender_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return sender;
  }
  return std::nullopt;
}

}  // namespace

result<notify_receiver> notify_receiver::open() {
  unique_fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return last_error("socket");
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) return last_error("setsockopt SO_PASSCRED");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  // A family alone: the kernel chooses (unix(7), autobind).
  if (::bind(fd.get(), any, sizeof address.sun_family) < 0) return last_error("bind a notification socket");
  socklen_t size = sizeof address;
  if (::getsockname(fd.get(), any, &size) < 0) return last_error("getsockname");
  const auto length = size - offsetof(sockaddr_un, sun_path);
  return notify_receiver{std::move(fd), '@' + std::string{address.sun_path + 1, length - 1}};
}

// No room for descriptors: the kernel closes what does not fit.
std::optional<notify_receiver::note> notify_receiver::read() {
  for (;;) {
    char text[largest_note];
    iovec part{text, sizeof text};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    const auto sender = sender_of(message);
    if (!sender || (sender->uid != 0 && sender->uid != ::geteuid())) continue;
    return note{{text, static_cast<std::size_t>(size)}, sender->pid};
  }
}

}  // namespace baton::os
