#include "os/signal_set.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

namespace baton::os {
namespace {

void dispose(int signal, void (*how)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = how;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

signal_set::signal_set() noexcept {
  ::sigemptyset(&set_);
}

signal_set::signal_set(std::initializer_list<int> signals) noexcept : signal_set{} {
  for (const int signal : signals) ::sigaddset(&set_, signal);
}

signal_set signal_set::handled() noexcept {
  return {SIGUSR2, SIGUSR1, SIGHUP, SIGTERM, SIGINT, SIGQUIT};
}

bool signal_set::contains(int signal) const noexcept {
  return ::sigismember(&set_, signal) == 1;
}

void signal_set::block() const noexcept {
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

result<unique_fd> open_signal_fd(const signal_set& set) {
  unique_fd fd{::signalfd(-1, &set.native(), SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd) return last_error("signalfd");
  return fd;
}

result<std::optional<received_signal>> read_signal(fd_view signal_fd) {
  signalfd_siginfo info{};
  for (;;) {
    const ssize_t n = ::read(signal_fd.get(), &info, sizeof info);
    if (n == sizeof info) {
      return std::optional{received_signal{static_cast<int>(info.ssi_signo), static_cast<pid_t>(info.ssi_pid),
                                           info.ssi_code == SI_KERNEL}};
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return std::optional<received_signal>{};
    return last_error("read signalfd");
  }
}

void ignore_sigpipe() noexcept {
  dispose(SIGPIPE, SIG_IGN);
}

void reset_sigchld() noexcept {
  dispose(SIGCHLD, SIG_DFL);
}

std::string_view signal_name(int signal) noexcept {
  switch (signal) {
    case SIGUSR1:
      return "SIGUSR1";
    case SIGUSR2:
      return "SIGUSR2";
    case SIGHUP:
      return "SIGHUP";
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGQUIT:
      return "SIGQUIT";
    case SIGKILL:
      return "SIGKILL";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGABRT:
      return "SIGABRT";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    case SIGPIPE:
      return "SIGPIPE";
    default:
      return "signal";
  }
}

}  // namespace baton::os
