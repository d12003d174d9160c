#include "os/spawn_child.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "os/close_others.hpp"

namespace baton::os {
namespace {

[[noreturn]] void give_up(const child_plan& plan, spawn_step step, int number) noexcept {
  const spawn_failure failure{step, number};
  while (::write(plan.failure_pipe, &failure, sizeof failure) < 0 && errno == EINTR) {
  }
  ::_exit(127);
}

// Sources may lie where others are to go: first everything is lifted above all places.
void place_descriptors(child_plan& plan) noexcept {
  if (plan.failure_pipe < plan.first_free) {
    const int lifted = ::fcntl(plan.failure_pipe, F_DUPFD_CLOEXEC, plan.first_free);
    if (lifted < 0) give_up(plan, spawn_step::descriptors, errno);
    plan.failure_pipe = lifted;
  }
  for (std::size_t i = 0; i < plan.count; ++i) {
    if (plan.sources[i] >= plan.first_free) continue;
    plan.sources[i] = ::fcntl(plan.sources[i], F_DUPFD_CLOEXEC, plan.first_free);
    if (plan.sources[i] < 0) give_up(plan, spawn_step::descriptors, errno);
  }
  for (std::size_t i = 0; i < plan.count; ++i) {
    if (::dup2(plan.sources[i], plan.places[i]) < 0) give_up(plan, spawn_step::descriptors, errno);
  }
}

// exec resets handlers by itself, but hands on what is ignored (SIGPIPE; SIGHUP under nohup).
void reset_dispositions(const child_plan& plan) noexcept {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    // EINVAL: the C library keeps two for itself.
    if (::sigaction(signal, &standard, nullptr) < 0 && errno != EINVAL) {
      give_up(plan, spawn_step::dispositions, errno);
    }
  }
}

void write_pid(char* digits) noexcept {
  char reversed[20];
  std::size_t count = 0;
  for (auto rest = static_cast<unsigned long>(::getpid()); count == 0 || rest > 0; rest /= 10) {
    reversed[count++] = static_cast<char>('0' + rest % 10);
  }
  while (count > 0) *digits++ = reversed[--count];
  *digits = '\0';
}

}  // namespace

void run_child(child_plan& plan) noexcept {
  place_descriptors(plan);
  if (const int number = close_others(plan.first_free, plan.failure_pipe); number != 0) {
    give_up(plan, spawn_step::close_others, number);
  }
  reset_dispositions(plan);
  if (plan.directory != nullptr && ::chdir(plan.directory) < 0) give_up(plan, spawn_step::directory, errno);
  if (plan.pid_digits != nullptr) write_pid(plan.pid_digits);
  if (::sigprocmask(SIG_SETMASK, &plan.blocked, nullptr) < 0) give_up(plan, spawn_step::signal_mask, errno);
  ::execve(plan.binary, plan.arguments, plan.environment);
  give_up(plan, spawn_step::exec, errno);
}

}  // namespace baton::os
