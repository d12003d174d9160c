#include "os/service_notify.hpp"

#include <charconv>
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

std::optional<long long> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  long long number = 0;
  const char* const end = text + std::strlen(text);
  const auto [at, failure] = std::from_chars(text, end, number);
  if (failure != std::errc{} || at != end || number <= 0) return std::nullopt;
  return number;
}

}  // namespace

service_note& service_note::add(std::string_view assignment) {
  text_.append(assignment).append(1, '\n');
  return *this;
}

service_note& service_note::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const long long microseconds = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
  add("RELOADING=1");
  return add("MONOTONIC_USEC=" + std::to_string(microseconds));
}

// A line end in a text would begin another assignment.
service_note& service_note::status(std::string_view text) {
  return add("STATUS=" + std::string{text.substr(0, text.find('\n'))});
}

service_notify::service_notify(std::string socket) : socket_{std::move(socket)} {}

service_notify service_notify::from_environment() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  return service_notify{socket != nullptr ? socket : ""};
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

std::optional<std::chrono::microseconds> watchdog_timeout(watchdog_reader who) {
  const auto timeout = number_in("WATCHDOG_USEC");
  if (!timeout) return std::nullopt;
  const bool for_somebody = std::getenv("WATCHDOG_PID") != nullptr && who == watchdog_reader::first_generation;
  if (for_somebody && number_in("WATCHDOG_PID") != ::getpid()) return std::nullopt;
  return std::chrono::microseconds{*timeout};
}

}  // namespace baton::os
