// Signals as a descriptor. They are blocked first thing in `main` and read from a signalfd once
// somebody is there to act on them: one that comes in between waits and is not lost. A handler with a
// self-pipe was rejected: it must be installed before it can help, and the default action kills.
#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <sys/types.h>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

class signal_set {
 public:
  /// Empty.
  signal_set() noexcept;
  signal_set(std::initializer_list<int> signals) noexcept;

  /// What a serving process takes: USR2, USR1, HUP, TERM, INT, QUIT.
  [[nodiscard]] static signal_set handled() noexcept;

  [[nodiscard]] bool contains(int signal) const noexcept;
  [[nodiscard]] const sigset_t& native() const noexcept { return set_; }

  /// Blocks them in the calling thread and in the threads that it makes from now on.
  void block() const noexcept;

 private:
  sigset_t set_;
};

/// Readable while one of the (blocked) signals is pending. CLOEXEC and non-blocking.
result<unique_fd> open_signal_fd(const signal_set& set);

struct received_signal {
  int number;
  pid_t sender;  ///< 0 if it came from the kernel or from outside this pid namespace
  /// By the kernel, as the terminal sends INT, QUIT and HUP to every process of its foreground group.
  bool from_terminal = false;
};

/// The next pending signal, nullopt if there is none.
result<std::optional<received_signal>> read_signal(fd_view signal_fd);

/// A write to a closed pipe or socket then fails with EPIPE. Whole process.
void ignore_sigpipe() noexcept;

/// Where a parent has left SIGCHLD ignored, ended children vanish before their status can be read.
/// Whole process.
void reset_sigchld() noexcept;

/// `SIGUSR2`; `signal` for one that has no name.
[[nodiscard]] std::string_view signal_name(int signal) noexcept;

}  // namespace baton::os
