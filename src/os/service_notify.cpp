#include "os/service_notify.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/unique_fd.hpp"

namespace baton::os {
namespace {

// A line end in a text would begin another assignment.
std::string one_line(std::string_view text) {
  return std::string{text.substr(0, text.find('\n'))};
}

std::string status_line(std::string_view text) {
  return "STATUS=" + one_line(text) + '\n';
}

std::string main_pid_line(pid_t pid) {
  return "MAINPID=" + std::to_string(pid) + '\n';
}

}  // namespace

service_notify::service_notify(std::string socket) : socket_{std::move(socket)} {}

service_notify service_notify::from_environment() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  return service_notify{socket != nullptr ? socket : ""};
}

result<void> service_notify::ready(std::string_view status) const {
  return send("READY=1\n" + main_pid_line(::getpid()) + status_line(status));
}

result<void> service_notify::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const long long microseconds = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds) + '\n');
}

result<void> service_notify::main_pid(pid_t pid) const {
  return send(main_pid_line(pid));
}

result<void> service_notify::stopping() const {
  return send("STOPPING=1\n");
}

result<void> service_notify::status(std::string_view text) const {
  return send(status_line(text));
}

result<void> service_notify::send(std::string_view assignments) const {
  if (socket_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((socket_[0] != '/' && socket_[0] != '@') || socket_.size() >= sizeof address.sun_path) {
    return last_error("NOTIFY_SOCKET " + socket_, EINVAL);
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const unique_fd sender{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!sender) return last_error("socket");
  const timeval patience{1, 0};  // a service manager that does not read must not hold the server
  ::setsockopt(sender.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  if (::sendto(sender.get(), assignments.data(), assignments.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    return last_error("sendto " + socket_);
  }
  return {};
}

}  // namespace baton::os
