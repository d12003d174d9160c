// A server under test and its later generations: started, waited for by the line it prints once it
// serves, signalled by pid, ended and reaped with everything it started.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/endpoint.hpp"

namespace baton::test {

/// One generation, as its serving line tells:
/// `baton-demo: serving http://127.0.0.1:43121, unix:/run/x pid 1234 generation 2`.
struct generation {
  pid_t pid = 0;
  unsigned number = 0;
  std::vector<endpoint> addresses;
};

/// How to start the reference server on a free port of the loopback address with two workers, and without a
/// guard, so that the end of a generation need not be waited for.
/// `flags` come behind, and may name other addresses.
[[nodiscard]] launch demo(std::vector<std::string> flags = {});
/// As `demo`, with no flag but `flags`.
[[nodiscard]] launch bare_demo(std::vector<std::string> flags);
/// The reference server's program file.
[[nodiscard]] std::string demo_program();

class server_process {
 public:
  /// Starts it and waits until it serves. Throws std::runtime_error with its log if it does not.
  explicit server_process(const launch& how = demo());

  /// Does not wait.
  struct unawaited {};
  server_process(const launch& how, unawaited) : child_{how} {}

  /// Fails the test if a sanitizer has complained about any generation.
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  /// Waits for generation `number`. Throws std::runtime_error with the log.
  generation await(unsigned number, std::chrono::milliseconds limit = patience);
  /// The generations that have served so far, the oldest first.
  [[nodiscard]] std::vector<generation> generations() const;
  [[nodiscard]] generation latest() const;

  /// The latest generation's pid and first address.
  [[nodiscard]] pid_t pid() const { return latest().pid; }
  [[nodiscard]] endpoint address() const { return latest().addresses.front(); }

  /// To the latest generation.
  void signal(int number) const { child_.signal(pid(), number); }
  void signal(pid_t pid, int number) const { child_.signal(pid, number); }
  /// The exit code of a generation, or minus the signal that ended it.
  int wait(pid_t pid, std::chrono::milliseconds limit = patience) { return child_.wait(pid, limit); }
  [[nodiscard]] bool ended(pid_t pid) { return child_.ended(pid); }

  /// SIGUSR2 to the latest, and the wait for the next, which is returned, and for the end of the
  /// old one. Throws std::runtime_error with the log.
  generation upgrade(std::chrono::milliseconds limit = patience);

  /// SIGTERM to the latest and its exit code. Waits for the end of its predecessor first, which while it lives
  /// is the one to learn that code: not for a generation on guard or a supervisor. Throws std::runtime_error.
  int stop(std::chrono::milliseconds limit = patience);

  [[nodiscard]] std::string log() const { return child_.err().text(); }
  /// The log has, or gets within the limit, this part (in what comes after the first `from` bytes).
  [[nodiscard]] bool logs(std::string_view part, std::chrono::milliseconds limit = patience,
                          std::size_t from = 0) const {
    return child_.err().has(part, limit, from);
  }
  [[nodiscard]] std::string out() const { return child_.out().text(); }
  [[nodiscard]] child_process& child() noexcept { return child_; }

 private:
  child_process child_;
};

}  // namespace baton::test
