// Threads that go first for a while: the kernel gives them a core as soon as they want one, and whatever else
// runs there gets what they leave.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include <sys/types.h>

namespace baton::os {

/// While it lives the threads have niceness -20 and a slice of 0.1 ms, which Linux heeds from 6.12 on. It takes
/// CAP_SYS_NICE or an RLIMIT_NICE of 40; without, no system call is tried that a filter might kill for. Threads that
/// have ended, that have a niceness of their own or are not scheduled as usual (SCHED_OTHER) stay as they are; what the
/// others start meanwhile has niceness 0 (SCHED_RESET_ON_FORK). Any thread.
class precedence {
 public:
  /// `threads`: as gettid() tells them, of this process.
  explicit precedence(const std::vector<pid_t>& threads);
  ~precedence();
  precedence(const precedence&) = delete;
  precedence& operator=(const precedence&) = delete;

  /// How many threads go first.
  [[nodiscard]] std::size_t size() const noexcept { return before_.size(); }

 private:
  struct ordinary {
    pid_t thread = 0;
    std::chrono::nanoseconds slice{0};
  };
  std::vector<ordinary> before_;
};

/// Of this process, as gettid() tells, without the calling one. Empty where /proc cannot be read.
[[nodiscard]] std::vector<pid_t> other_threads();

}  // namespace baton::os
