// The reloads that this process and those before it know of, the newest last; beside the upgrades' history.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

struct reload_entry {
  std::chrono::system_clock::time_point at;
  unsigned generation = 1;
  std::string by;
  bool done = false;                  ///< else refused, and nothing has changed
  std::vector<std::string> messages;  ///< what has changed, or why it was refused; at most 8 of 200 bytes each
};

/// The control thread's, except where said.
class reload_history {
 public:
  static constexpr std::size_t most = 32;

  /// Drops the oldest when there are `most`.
  void add(reload_entry entry);
  [[nodiscard]] const std::vector<reload_entry>& entries() const noexcept { return entries_; }

  /// For the next generation. Any thread.
  [[nodiscard]] std::string saved() const;
  /// What the predecessor had saved, perhaps another build: what cannot be read is left out.
  void restore(std::string_view saved);

 private:
  void save();

  std::vector<reload_entry> entries_;
  mutable std::mutex mutex_;
  std::string saved_;  // guarded by mutex_
};

}  // namespace baton
