// What a process does that others are orphaned to: PID 1 by nature, anybody else by asking for it.
#pragma once

#include <optional>

#include <sys/types.h>

#include "os/child_process.hpp"
#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// From now on descendants whose parent ends become children of this process (PR_SET_CHILD_SUBREAPER). Not
/// inherited by children.
result<void> become_subreaper();

struct ended_process {
  pid_t pid;
  exit_status status;
};

/// Collects one child that has ended, whichever it is; nullopt if there is none.
[[nodiscard]] std::optional<ended_process> reap_any();

/// The process that a pidfd names has ended, whether or not it has been reaped.
[[nodiscard]] bool has_ended(fd_view pidfd) noexcept;

}  // namespace baton::os
