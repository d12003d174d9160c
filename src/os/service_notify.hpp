// What a service tells systemd (sd_notify(3)): one datagram of assignments to the socket named by
// NOTIFY_SOCKET. Without the variable every call does nothing. A few dozen lines here against one more
// shared library in every program that is built with Baton.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "os/error.hpp"

namespace baton::os {

/// One datagram's assignments, in the order of the calls.
class service_note {
 public:
  /// Start-up has ended, or a reload.
  service_note& ready() { return add("READY=1"); }
  /// The configuration is being read again; `ready` follows. Says when, on CLOCK_MONOTONIC, as
  /// Type=notify-reload wants it.
  service_note& reloading();
  /// The process ends from now on.
  service_note& stopping() { return add("STOPPING=1"); }
  /// Another process, of this service's control group, is the service from now on.
  service_note& main_pid(pid_t pid) { return add("MAINPID=" + std::to_string(pid)); }
  /// One line for `systemctl status`; of a text with more lines the first.
  service_note& status(std::string_view text);
  /// The time-out of what is going on (start, stop, reload) ends so much from now, if it would end earlier.
  service_note& extend_timeout(std::chrono::microseconds from_now) {
    return add("EXTEND_TIMEOUT_USEC=" + std::to_string(from_now.count()));
  }
  /// Alive; to be said more often than the watchdog's time-out.
  service_note& watchdog() { return add("WATCHDOG=1"); }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  service_note& add(std::string_view assignment);

  std::string text_;
};

class service_notify {
 public:
  /// `socket`: a path, or an abstract name after `@`; empty: does nothing.
  explicit service_notify(std::string socket);
  /// As NOTIFY_SOCKET says. The variable stays: the next generation needs it too.
  [[nodiscard]] static service_notify from_environment();

  [[nodiscard]] bool active() const noexcept { return !socket_.empty(); }

  /// Fails with the call and the socket's name; the service goes on.
  result<void> send(const service_note& note) const { return send(note.text()); }
  result<void> send(std::string_view assignments) const;

 private:
  std::string socket_;
};

/// Who reads WATCHDOG_PID: it names the process that systemd has started. When a successor becomes the main
/// process the watchdog goes on with it, but the variable stays in the environment as it was.
enum class watchdog_reader { first_generation, successor };

/// WATCHDOG_USEC, the watchdog's time-out; nullopt if nobody watches, or not this process.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_timeout(watchdog_reader who);

}  // namespace baton::os
