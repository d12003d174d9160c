// Tells what has changed below a root, for who keeps things from there: inotify on the directories that somebody asked
// for and on all above them, up to the root. Each directory is opened below the root, without a symbolic link on its
// way, and watched by that descriptor: what is watched is what was found, whatever is renamed meanwhile.
//
// It does not tell of everything: not of writes by mmap or another hard link, not of another computer's on a network
// file system, not of what is mounted over a directory. Who keeps things has to look again by himself now and then.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "os/file_tree.hpp"
#include "os/inotify.hpp"

namespace baton::content {

/// One thread at a time.
class directory_watches {
 public:
  struct change {
    std::string path;    ///< relative to the root; empty: the root itself
    bool below = false;  ///< and everything below it
  };

  /// Watches `most` directories; the ones after that are refused.
  explicit directory_watches(std::size_t most) noexcept : most_{most} {}

  /// Watches `directory` (relative; empty: the root, and without symbolic links) and those above it. What changes from
  /// the return on, and what changed since the first of them was watched, will be told. False: not all of them can be
  /// watched.
  [[nodiscard]] bool watch(const os::file_tree& tree, const std::string& directory);

  /// Whether anything is watched.
  [[nodiscard]] bool active() const noexcept { return !by_path_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return by_path_.size(); }

  /// What has changed since the last call. When the kernel has lost events, the root with everything below.
  [[nodiscard]] std::vector<change> take();

  /// Ends all watches; what they had to tell is lost.
  void clear() noexcept;

 private:
  [[nodiscard]] bool watch_one(const os::file_tree& tree, const std::string& directory);
  void forget_below(const std::string& path);
  void add(const os::directory_event& event, std::vector<change>& into);

  const std::size_t most_;
  bool refused_ = false;  // the system gives no inotify: not asked again before `clear`
  std::optional<os::inotify> inotify_;
  std::map<std::string, int> by_path_;  // ordered: what lies below a path is in one place
  std::unordered_map<int, std::string> by_number_;
};

}  // namespace baton::content
