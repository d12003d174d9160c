// A process that we started, held by a pidfd: signals go to it and to nobody who got its number
// later, and its end is readable on a descriptor, so that no SIGCHLD handler is needed.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// How a process ended.
struct exit_status {
  enum class kind { exited, signalled } how = kind::exited;
  int value = 0;  ///< exit status or signal number

  [[nodiscard]] bool success() const noexcept { return how == kind::exited && value == 0; }
  /// `exited with status 1` or `was killed by SIGKILL`.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const exit_status&, const exit_status&) = default;
};

/// Does not kill or wait when it is destroyed: whoever starts a process reaps it.
struct child_process {
  pid_t pid = 0;
  unique_fd pidfd;  ///< readable once the process has ended
};

/// Of a child that has not been reaped; empty on error, with errno.
[[nodiscard]] unique_fd open_pidfd(pid_t pid) noexcept;

enum class reaping { wait, no_wait };

/// Collects the ended child, once. With `no_wait` nullopt while it runs; ECHILD when it has been
/// collected before.
result<std::optional<exit_status>> reap(const child_process& child, reaping how);

/// SIGKILL to the group that the child was started to lead, whoever is in it by now. Not after it has been
/// reaped: the number may be another's then.
void kill_group(const child_process& child) noexcept;

/// Sends `signal`. ESRCH once it has been reaped; sending to one that has ended succeeds.
result<void> send_signal(const child_process& child, int signal);

}  // namespace baton::os
