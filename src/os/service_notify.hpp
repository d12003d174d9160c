// What a service tells systemd (sd_notify(3)): one datagram to the socket named by NOTIFY_SOCKET.
// Without the variable every call does nothing. A dozen lines here against one more shared library in
// every program that is built with Baton.
#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

#include "os/error.hpp"

namespace baton::os {

class service_notify {
 public:
  /// `socket`: a path, or an abstract name after `@`; empty: does nothing.
  explicit service_notify(std::string socket);
  /// As NOTIFY_SOCKET says. The variable stays: the next generation needs it too.
  [[nodiscard]] static service_notify from_environment();

  [[nodiscard]] bool active() const noexcept { return !socket_.empty(); }

  /// Start-up has ended; with `MAINPID` of this process, for a successor is not the one systemd knows.
  result<void> ready(std::string_view status) const;
  /// The configuration is being read again; `ready` follows. With CLOCK_MONOTONIC, as Type=notify-reload wants.
  result<void> reloading() const;
  /// Another process is the service from now on. It must be a child of the one systemd knows.
  result<void> main_pid(pid_t pid) const;
  result<void> stopping() const;
  /// One line for `systemctl status`.
  result<void> status(std::string_view text) const;

  /// Any assignments, one a line. Fails with the call and the socket's name; the service goes on.
  result<void> send(std::string_view assignments) const;

 private:
  std::string socket_;
};

}  // namespace baton::os
