#include "os/message_socket.hpp"

#include <algorithm>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace baton::os {
namespace {

constexpr std::size_t descriptor_size = sizeof(int);

void attach(msghdr& header, std::vector<char>& control, std::span<const fd_view> descriptors) {
  control.assign(CMSG_SPACE(descriptors.size() * descriptor_size), '\0');
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(descriptors.size() * descriptor_size);
  auto* to = CMSG_DATA(part);
  for (const fd_view fd : descriptors) {
    const int number = fd.get();
    std::memcpy(to, &number, descriptor_size);
    to += descriptor_size;
  }
}

std::vector<unique_fd> take_descriptors(msghdr& header) {
  std::vector<unique_fd> taken;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / descriptor_size;
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * descriptor_size, descriptor_size);
      taken.emplace_back(number);
    }
  }
  return taken;
}

}  // namespace

result<socket_pair> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
    return last_error("socketpair");
  }
  return socket_pair{unique_fd{ends[0]}, unique_fd{ends[1]}};
}

result<void> send_message(fd_view socket, std::string_view bytes, std::span<const fd_view> descriptors) {
  // An empty packet could not be told from end-of-file.
  if (bytes.empty() || descriptors.size() > max_message_descriptors) return last_error("sendmsg", EINVAL);
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  std::vector<char> control;
  if (!descriptors.empty()) attach(header, control, descriptors);
  while (::sendmsg(socket.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno != EINTR) return last_error("sendmsg");
  }
  return {};
}

result<received_message> receive_message(fd_view socket, std::size_t max_bytes, std::size_t max_descriptors) {
  received_message message;
  message.bytes.resize(max_bytes);
  std::vector<char> control(CMSG_SPACE(std::min(max_descriptors, max_message_descriptors) * descriptor_size));
  iovec part{message.bytes.data(), max_bytes};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t n = 0;
  while ((n = ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)) < 0 && errno == EINTR) {
  }
  if (n < 0 && errno == EAGAIN) return received_message{};
  if (n < 0) return last_error("recvmsg");
  // What fits is ours already and closes with `message`, whatever else is wrong.
  message.descriptors = take_descriptors(header);
  // The kernel drops what does not fit into the room given as well as what RLIMIT_NOFILE forbids.
  message.cut = (header.msg_flags & MSG_CTRUNC) != 0;
  const bool surplus =
      message.descriptors.size() > max_descriptors || (message.cut && message.descriptors.size() == max_descriptors);
  if ((header.msg_flags & MSG_TRUNC) != 0 || surplus) return last_error("recvmsg", EMSGSIZE);
  message.outcome = n == 0 ? message_outcome::end : message_outcome::message;
  message.bytes.resize(static_cast<std::size_t>(n));
  return message;
}

result<bool> wait_readable(fd_view socket, int milliseconds) {
  pollfd waiting{socket.get(), POLLIN, 0};
  const int n = ::poll(&waiting, 1, milliseconds);
  if (n < 0) return last_error("poll");
  return n > 0;
}

}  // namespace baton::os
