// A program run by a test, and all that it starts in turn. The child leads a process group of its own
// and the test is its subreaper, so whatever happens to the processes in between, their children come
// back here, are ended when this object dies, and are reaped. Nothing is ever ended by its name.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/output_capture.hpp"

namespace baton::test {

struct launch {
  std::vector<std::string> command;                              ///< the program, looked up in PATH, and its arguments
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to the test's own
  std::filesystem::path directory;                               ///< to start in; empty: the test's own
  std::vector<int> inherit;                                      ///< become descriptors 3, 4, ... of the child
};

class child_process {
 public:
  /// Throws std::system_error if it cannot be started.
  explicit child_process(const launch& how);
  /// Ends the whole process group by SIGKILL and reaps it.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] const output_capture& out() const noexcept { return out_; }
  [[nodiscard]] const output_capture& err() const noexcept { return err_; }

  /// Sends a signal to a process of this group. Throws std::system_error if there is none.
  void signal(pid_t pid, int number) const;

  /// Waits for the end of `pid`, one of the group: its exit code, or minus the signal that ended it.
  /// Throws std::runtime_error, with the last of its output, if it does not end in time.
  int wait(pid_t pid, std::chrono::milliseconds limit = patience);
  int wait(std::chrono::milliseconds limit = patience) { return wait(pid_, limit); }
  /// `pid` has ended. Its parent may be this test or a process of the group.
  [[nodiscard]] bool ended(pid_t pid);

 private:
  struct pipes;
  child_process(const launch& how, pipes ends);
  void reap();

  output_capture out_;
  output_capture err_;
  pid_t pid_ = 0;
  std::map<pid_t, int> statuses_;
};

/// Runs a command to its end. Throws as `wait` does.
struct outcome {
  int status = 0;
  std::string out;
  std::string err;
};
[[nodiscard]] outcome run_command(const launch& how, std::chrono::milliseconds limit = patience);

}  // namespace baton::test
