// Starts a new process with exactly what it is to have: descriptors 0-2 and the given ones from 3
// on, nothing blocked or ignored but what is said here, the start directory, the start environment.
//
// vfork, with all memory prepared before it: fork would copy the page tables of a big server while
// its workers stand still. Only async-signal-safe calls are made in the child. posix_spawn was
// rejected: it can neither close "all others" (glibc 2.36 can, but not keep a failure pipe with it),
// nor write LISTEN_PID into the environment, nor say which step failed.
#pragma once

#include <string>
#include <vector>

#include "os/child_process.hpp"
#include "os/error.hpp"
#include "os/process_image.hpp"
#include "os/signal_set.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// Whether the child's own pid is put into its environment as LISTEN_PID (sd_listen_fds(3)).
enum class listen_pid { absent, present };

/// `own`: it leads a group that it shares with what it starts; os::kill_group ends them all.
enum class process_group { ours, own };

/// Everything named here must stay open and alive during `spawn` only.
struct spawn_request {
  const process_image& image;
  std::vector<std::string> extra_environment{};  ///< `NAME=value`, in place of entries of the same name
  listen_pid announce_pid = listen_pid::absent;
  std::vector<fd_view> descriptors{};  ///< become 3, 4, 5, ... whatever their numbers here; at most 2048
  fd_view standard_input{};            ///< becomes 0; empty: ours is kept
  fd_view standard_output{};           ///< becomes 1; empty: ours is kept
  fd_view standard_error{};            ///< becomes 2; empty: ours is kept
  signal_set blocked{};                ///< exactly these are blocked in the child; all dispositions are default
  process_group group = process_group::ours;
  /// This very file is executed instead of `image.binary`, whatever lies there. It must be open with
  /// CLOEXEC, and a program in itself: the interpreter of a script would have to open it again.
  fd_view executable{};
};

/// Starts it and returns when the new program runs. Fails with the step's name and errno (`execve
/// /srv/app`, `chdir /srv`, ...), and then leaves no process behind. Any thread.
result<child_process> spawn(const spawn_request& request);

}  // namespace baton::os
