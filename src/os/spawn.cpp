#include "os/spawn.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "os/descriptors.hpp"
#include "os/spawn_child.hpp"

namespace baton::os {
namespace {

constexpr std::size_t max_descriptors = 2048;

std::string_view name_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

// The memory behind a child_plan.
class prepared_child {
 public:
  prepared_child(const spawn_request& request, fd_view failure_pipe) : arguments_{request.image.arguments} {
    fill_environment(request);
    place(request.standard_input, 0);
    place(request.standard_output, 1);
    place(request.standard_error, 2);
    int next = 3;
    for (const fd_view fd : request.descriptors) place(fd, next++);
    argument_pointers_ = pointers_to(arguments_);
    environment_pointers_ = pointers_to(environment_);
    plan_.directory = request.image.directory.empty() ? nullptr : request.image.directory.c_str();
    plan_.binary = request.image.binary.c_str();
    plan_.executable = request.executable.get();
    plan_.arguments = argument_pointers_.data();
    plan_.environment = environment_pointers_.data();
    plan_.pid_digits = request.announce_pid == listen_pid::present
                           ? environment_.back().data() + std::string_view{"LISTEN_PID="}.size()
                           : nullptr;
    plan_.sources = sources_.data();
    plan_.places = places_.data();
    plan_.count = sources_.size();
    plan_.first_free = next;
    plan_.leads_group = request.group == process_group::own;
    plan_.failure_pipe = failure_pipe.get();
    plan_.blocked = request.blocked.native();
  }
  prepared_child(const prepared_child&) = delete;
  prepared_child& operator=(const prepared_child&) = delete;

  [[nodiscard]] child_plan& plan() noexcept { return plan_; }

 private:
  // An empty view means "keep ours" for 0, 1 and 2; among the others it becomes EBADF in the child.
  void place(fd_view fd, int where) {
    if (!fd && where < 3) return;
    sources_.push_back(fd.get());
    places_.push_back(where);
  }

  void fill_environment(const spawn_request& request) {
    const auto replaced = [&](std::string_view name) {
      return std::any_of(request.extra_environment.begin(), request.extra_environment.end(),
                         [&](const std::string& extra) { return name_of(extra) == name; }) ||
             name == "LISTEN_PID";
    };
    for (const auto& entry : request.image.environment) {
      if (!replaced(name_of(entry))) environment_.push_back(entry);
    }
    environment_.insert(environment_.end(), request.extra_environment.begin(), request.extra_environment.end());
    if (request.announce_pid == listen_pid::present) environment_.push_back("LISTEN_PID=" + std::string(20, '0'));
  }

  static std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
  std::vector<char*> argument_pointers_;
  std::vector<char*> environment_pointers_;
  std::vector<int> sources_;
  std::vector<int> places_;
  child_plan plan_{};
};

// Alone in its frame: the child runs on this stack until it execs, and returns never.
[[gnu::noinline]] pid_t launch(child_plan& plan) {
  const pid_t pid = ::vfork();
  if (pid == 0) run_child(plan);
  return pid;
}

// No handler of ours may run in the child, on our memory.
pid_t launch_undisturbed(child_plan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = launch(plan);
  const int number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return pid;
}

std::string describe(spawn_step step, const spawn_request& request) {
  const process_image& image = request.image;
  switch (step) {
    case spawn_step::descriptors:
      return "dup2 for " + image.binary;
    case spawn_step::close_others:
      return "close_range for " + image.binary;
    case spawn_step::dispositions:
      return "sigaction for " + image.binary;
    case spawn_step::signal_mask:
      return "sigprocmask for " + image.binary;
    case spawn_step::group:
      return "setpgid for " + image.binary;
    case spawn_step::directory:
      return "chdir " + image.directory;
    case spawn_step::exec:
      break;
  }
  return (request.executable ? "execveat for " : "execve ") + image.binary;
}

void collect(pid_t pid) noexcept {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

result<child_process> hold(pid_t pid) {
  unique_fd pidfd = open_pidfd(pid);
  if (pidfd) return child_process{pid, std::move(pidfd)};
  auto failure = last_error("pidfd_open process " + std::to_string(pid));
  ::kill(pid, SIGKILL);
  collect(pid);
  return failure;
}

}  // namespace

result<child_process> spawn(const spawn_request& request) {
  if (request.descriptors.size() > max_descriptors) return last_error("descriptors for a new process", E2BIG);
  auto pipe = make_pipe(pipe_reading::blocking);
  if (!pipe) return pipe.error();
  prepared_child prepared{request, pipe->write};
  const pid_t pid = launch_undisturbed(prepared.plan());
  if (pid < 0) return last_error("vfork for " + request.image.binary);
  pipe->write.reset();
  spawn_failure failure{};
  const auto told = read_some(pipe->read, reinterpret_cast<char*>(&failure), sizeof failure);
  if (told && told->outcome == read_outcome::data && told->size == sizeof failure) {
    collect(pid);
    return last_error(describe(failure.step, request), failure.number);
  }
  return hold(pid);
}

}  // namespace baton::os
