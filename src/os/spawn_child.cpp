#include "os/spawn_child.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/syscall.h>
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

// Above all places, and the one behind them.
void lift(child_plan& plan, int& fd) noexcept {
  if (fd > plan.first_free) return;
  const int lifted = ::fcntl(fd, F_DUPFD_CLOEXEC, plan.first_free + 1);
  if (lifted < 0) give_up(plan, spawn_step::descriptors, errno);
  fd = lifted;
}

// Sources may lie where others are to go: first everything is lifted above all places.
void place_descriptors(child_plan& plan) noexcept {
  lift(plan, plan.failure_pipe);
  if (plan.executable >= 0) lift(plan, plan.executable);
  for (std::size_t i = 0; i < plan.count; ++i) lift(plan, plan.sources[i]);
  for (std::size_t i = 0; i < plan.count; ++i) {
    if (::dup2(plan.sources[i], plan.places[i]) < 0) give_up(plan, spawn_step::descriptors, errno);
  }
}

// The executable goes right behind what the program gets, so that all from there on can be closed at
// once; exec closes it.
int keep_executable(child_plan& plan) noexcept {
  if (plan.executable < 0) return plan.first_free;
  if (::dup3(plan.executable, plan.first_free, O_CLOEXEC) < 0) give_up(plan, spawn_step::descriptors, errno);
  plan.executable = plan.first_free;
  return plan.first_free + 1;
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
  if (const int number = close_others(keep_executable(plan), plan.failure_pipe); number != 0) {
    give_up(plan, spawn_step::close_others, number);
  }
  reset_dispositions(plan);
  if (plan.leads_group && ::setpgid(0, 0) < 0) give_up(plan, spawn_step::group, errno);
  if (plan.directory != nullptr && ::chdir(plan.directory) < 0) give_up(plan, spawn_step::directory, errno);
  if (plan.pid_digits != nullptr) write_pid(plan.pid_digits);
  if (::sigprocmask(SIG_SETMASK, &plan.blocked, nullptr) < 0) give_up(plan, spawn_step::signal_mask, errno);
  if (plan.executable >= 0) {
    ::syscall(SYS_execveat, plan.executable, "", plan.arguments, plan.environment, AT_EMPTY_PATH);
  } else {
    ::execve(plan.binary, plan.arguments, plan.environment);
  }
  give_up(plan, spawn_step::exec, errno);
}

}  // namespace baton::os
