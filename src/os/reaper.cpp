#include "os/reaper.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace baton::os {

result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) < 0) return last_error("prctl PR_SET_CHILD_SUBREAPER");
  return {};
}

std::optional<ended_process> reap_any() {
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0) {
    if (errno != EINTR) return std::nullopt;  // ECHILD: no children at all
  }
  if (info.si_pid == 0) return std::nullopt;
  const auto kind = info.si_code == CLD_EXITED ? exit_status::kind::exited : exit_status::kind::signalled;
  return ended_process{info.si_pid, {kind, info.si_status}};
}

bool has_ended(fd_view pidfd) noexcept {
  pollfd wanted{pidfd.get(), POLLIN, 0};
  return ::poll(&wanted, 1, 0) == 1;
}

}  // namespace baton::os
