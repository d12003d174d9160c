#include "support/service_manager.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace baton::test {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

service_note receive(int socket) {
  char text[4096];
  iovec part{text, sizeof text};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(socket, &message, MSG_DONTWAIT);
  if (size < 0) return {};
  service_note note{{text, static_cast<std::size_t>(size)}, 0};
  const cmsghdr* const about = CMSG_FIRSTHDR(&message);
  if (about != nullptr && about->cmsg_type == SCM_CREDENTIALS) {
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(about), sizeof sender);
    note.sender = sender.pid;
  }
  return note;
}

}  // namespace

service_manager::service_manager(const std::string& name) : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
  if (!socket_) fail("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) fail("bind");
  const int on = 1;
  if (::setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) fail("SO_PASSCRED");
}

service_note service_manager::next(std::chrono::milliseconds limit) const {
  pollfd wanted{socket_.get(), POLLIN, 0};
  if (::poll(&wanted, 1, static_cast<int>(limit.count())) <= 0) return {};
  return receive(socket_.get());
}

service_note service_manager::next_but(std::string_view prefix, std::chrono::milliseconds limit) const {
  for (;;) {
    auto note = next(limit);
    if (note.text.empty() || !note.text.starts_with(prefix)) return note;
  }
}

std::vector<std::string> service_manager::pending() const {
  std::vector<std::string> all;
  for (;;) {
    auto note = receive(socket_.get());
    if (note.text.empty()) return all;
    all.push_back(std::move(note.text));
  }
}

}  // namespace baton::test
