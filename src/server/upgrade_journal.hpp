// The upgrade that runs, if one does: who asked for it and when, and who waits for its end. Its end
// becomes an entry of the history, which goes to the next generation as a state of the library's own.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/control_service.hpp"
#include "server/history.hpp"

namespace baton {

/// The control thread's.
class upgrade_journal {
 public:
  explicit upgrade_journal(unsigned generation) noexcept : generation_{generation} {}

  /// Something asks for an upgrade; what begins before the next call is its doing.
  void asked(std::string by) { asker_ = std::move(by); }
  /// The upgrade has been accepted. `to`: the generation that it leads to.
  void begun(unsigned to);
  /// Calls `done` when the upgrade ends that has begun last; at once if it has ended.
  void await_end(operation_callback done);

  /// Nothing is left of the new process.
  void failed(std::string reason, std::vector<std::string> lines);
  /// The new process serves alone.
  void succeeded(pid_t child);
  /// The new process served and this one has taken over again. `moved`: connections that had gone to it.
  void taken_back(std::string reason, std::size_t moved);

  /// The history with the upgrade that runs, as it will stand if it succeeds: for the new process. Any thread.
  [[nodiscard]] std::string saved() const;
  /// What the predecessor had saved; `this process serves` completes it. What is no history is none.
  void restore(std::string_view saved);
  void serving();
  /// Connections that have come here from the predecessor so far.
  void arrived(std::size_t count);

  /// Who asked for the upgrade that runs or ran last.
  [[nodiscard]] const std::string& by() const noexcept { return entry_.by; }
  [[nodiscard]] history& past() noexcept { return past_; }
  [[nodiscard]] const history& past() const noexcept { return past_; }

 private:
  void end(history_result how, std::size_t moved);
  void save();

  const unsigned generation_;
  std::string asker_;
  bool running_ = false;
  history_entry entry_;       // of the upgrade that runs or ran last
  operation_result outcome_;  // of the one that ended last
  std::chrono::steady_clock::time_point began_;
  std::vector<operation_callback> waiting_;
  history past_;
  bool arriving_ = false;  // the last entry of `past_` is the upgrade that made this process
  mutable std::mutex mutex_;
  std::string saved_;  // guarded by mutex_
};

}  // namespace baton
