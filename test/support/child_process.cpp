#include "support/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "support/proc.hpp"

extern char** environ;

namespace baton::test {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::system_error{error, std::generic_category(), what};
}

class file_actions {
 public:
  file_actions() { check(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~file_actions() { posix_spawn_file_actions_destroy(&actions_); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;

  void place(int from, int to) { check(posix_spawn_file_actions_adddup2(&actions_, from, to), "adddup2"); }
  void open(int to, const char* path) {
    check(posix_spawn_file_actions_addopen(&actions_, to, path, O_RDONLY, 0), "addopen");
  }
  void close_from(int first) { check(posix_spawn_file_actions_addclosefrom_np(&actions_, first), "addclosefrom"); }
  void enter(const std::string& directory) {
    check(posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()), "addchdir");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// A group of its own, an empty signal mask, and SIGPIPE as a shell would leave it.
class attributes {
 public:
  attributes() {
    check(posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t restored = none;
    sigaddset(&restored, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &restored);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~attributes() { posix_spawnattr_destroy(&attributes_); }
  attributes(const attributes&) = delete;
  attributes& operator=(const attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

std::vector<std::string> merged_environment(const launch& how) {
  std::vector<std::string> lines;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view line{*at};
    const auto name = line.substr(0, line.find('='));
    bool replaced = false;
    for (const auto& [key, value] : how.environment) replaced = replaced || key == name;
    if (!replaced) lines.emplace_back(line);
  }
  for (const auto& [key, value] : how.environment) lines.push_back(key + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& of) {
  std::vector<char*> out;
  for (auto& one : of) out.push_back(one.data());
  out.push_back(nullptr);
  return out;
}

int decode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

pid_t spawn(const launch& how, int out, int err) {
  file_actions actions;
  actions.open(STDIN_FILENO, "/dev/null");
  actions.place(out, STDOUT_FILENO);
  actions.place(err, STDERR_FILENO);
  for (std::size_t i = 0; i < how.inherit.size(); ++i) actions.place(how.inherit[i], static_cast<int>(3 + i));
  // Whoever runs the tests may have left descriptors open for inheritance.
  actions.close_from(static_cast<int>(3 + how.inherit.size()));
  if (!how.directory.empty()) actions.enter(how.directory.string());
  const attributes group;
  auto command = how.command;
  auto variables = merged_environment(how);
  const auto arguments = pointers(command);
  const auto environment = pointers(variables);
  pid_t pid = 0;
  check(posix_spawnp(&pid, arguments[0], actions.get(), group.get(), arguments.data(), environment.data()),
        how.command[0].c_str());
  return pid;
}

}  // namespace

struct child_process::pipes {
  descriptor read_out, write_out, read_err, write_err;
  static void open(descriptor& read, descriptor& write) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) check(errno, "pipe2");
    // Well above what a child is given, so that placing those at 3, 4, ... cannot overwrite one.
    read = descriptor{ends[0]};
    write = descriptor{::fcntl(ends[1], F_DUPFD_CLOEXEC, 100)};
    ::close(ends[1]);
  }
  pipes() {
    open(read_out, write_out);
    open(read_err, write_err);
  }
};

child_process::child_process(const launch& how) : child_process{how, pipes{}} {}

child_process::child_process(const launch& how, pipes ends)
    : out_{std::move(ends.read_out)}, err_{std::move(ends.read_err)} {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_ = spawn(how, ends.write_out.get(), ends.write_err.get());
}

child_process::~child_process() {
  // The group's number cannot be taken by others while it has members, and it has at least a zombie
  // until `reap` finds nothing more.
  const bool emptied = eventually(patience, [&] {
    ::kill(-pid_, SIGKILL);
    reap();
    return ::kill(-pid_, 0) != 0;
  });
  static_cast<void>(emptied);
}

void child_process::signal(pid_t pid, int number) const {
  if (pid <= 0 || ::getpgid(pid) != pid_) check(ESRCH, "signal");
  if (::kill(pid, number) != 0) check(errno, "kill");
}

void child_process::reap() {
  int status = 0;
  for (pid_t one = 0; (one = ::waitpid(-pid_, &status, WNOHANG)) > 0;) statuses_[one] = decode(status);
}

bool child_process::ended(pid_t pid) {
  reap();
  return statuses_.contains(pid) || !proc::alive(pid);
}

int child_process::wait(pid_t pid, std::chrono::milliseconds limit) {
  const bool known = eventually(limit, [&] {
    reap();
    return statuses_.contains(pid);
  });
  if (known) return statuses_.at(pid);
  const auto log = err_.text();
  throw std::runtime_error{"process " + std::to_string(pid) + " did not end in time; its last words:\n" +
                           log.substr(log.size() > 2000 ? log.size() - 2000 : 0)};
}

outcome run_command(const launch& how, std::chrono::milliseconds limit) {
  child_process child{how};
  outcome result;
  result.status = child.wait(limit);
  if (!child.out().ended() || !child.err().ended()) throw std::runtime_error{"a child's child keeps its output open"};
  result.out = child.out().text();
  result.err = child.err().text();
  return result;
}

}  // namespace baton::test
