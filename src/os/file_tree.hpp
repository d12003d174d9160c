// The files below one directory, opened so that no name leads out of it: not by `..`, not by a symbolic link, not by
// a race with one who moves things meanwhile. The kernel resolves the whole path (openat2, RESOLVE_BENEATH).
// Rejected: realpath and a comparison of prefixes, which asks about one moment and opens in another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// What was opened, as it was at that moment.
struct tree_entry {
  enum class kind : std::uint8_t { file, directory, other };

  unique_fd fd;
  kind what = kind::other;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::int64_t modified = 0;  ///< ns since the epoch
};

/// Who follows a path: the kernel at once, or, where it has no openat2 (before Linux 5.6, or forbidden in a
/// container), this process, segment by segment and no symbolic link. `no_links`: whichever of them can, and no
/// symbolic link is followed (ELOOP), so that the path's own directories are all there is on the way.
enum class path_lookup : std::uint8_t { kernel, steps, no_links };

/// The open file has the size and time that it had when it was opened.
[[nodiscard]] bool unchanged(const tree_entry& file) noexcept;

class file_tree {
 public:
  /// The directory at `path`, symbolic links followed.
  static result<file_tree> open(const std::string& path);

  /// What lies at `path`, relative and without empty, `.` or `..` segments; empty: the directory itself. Symbolic
  /// links are followed as long as they stay below it and are not absolute. `steps` is chosen by itself where it
  /// must be. Never waits for the other end of a FIFO; may wait for the disk. `ENOENT`, `ENOTDIR`,
  /// `ELOOP`, `EXDEV`, `EACCES`, ... as the system says.
  [[nodiscard]] result<tree_entry> find(const std::string& path, path_lookup how = path_lookup::kernel) const;

  /// Whether `path` names another directory by now, or none.
  [[nodiscard]] bool moved(const std::string& path) const noexcept;

 private:
  file_tree(unique_fd root, dev_t device, ino_t inode) noexcept
      : root_{std::move(root)}, device_{device}, inode_{inode} {}

  unique_fd root_;
  dev_t device_;
  ino_t inode_;
};

/// The names in an open directory without `.` and `..`, at most `most`, sorted; directories end with a slash.
result<std::vector<std::string>> list_names(const tree_entry& directory, std::size_t most);

}  // namespace baton::os
