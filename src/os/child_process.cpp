#include "os/child_process.hpp"

#include <string_view>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/signal_set.hpp"

namespace baton::os {

std::string exit_status::text() const {
  if (how == kind::exited) return "exited with status " + std::to_string(value);
  const std::string_view name = signal_name(value);
  return "was killed by " + std::string{name} + (name == "signal" ? " " + std::to_string(value) : "");
}

result<std::optional<exit_status>> reap(const child_process& child, reaping how) {
  siginfo_t info{};
  const int flags = WEXITED | (how == reaping::no_wait ? WNOHANG : 0);
  while (::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, flags) < 0) {
    if (errno != EINTR) return last_error("waitid process " + std::to_string(child.pid));
  }
  if (info.si_pid == 0) return std::optional<exit_status>{};
  const auto kind = info.si_code == CLD_EXITED ? exit_status::kind::exited : exit_status::kind::signalled;
  return std::optional{exit_status{kind, info.si_status}};
}

// By number: glibc 2.36 declares the functions without C linkage.
unique_fd open_pidfd(pid_t pid) noexcept {
  return unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))};
}

void kill_group(const child_process& child) noexcept {
  if (child.pid > 1) ::kill(-child.pid, SIGKILL);
}

result<void> send_signal(const child_process& child, int signal) {
  if (::syscall(SYS_pidfd_send_signal, child.pidfd.get(), signal, nullptr, 0U) < 0) {
    return last_error("pidfd_send_signal process " + std::to_string(child.pid));
  }
  return {};
}

}  // namespace baton::os
