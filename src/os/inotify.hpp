// inotify(7) on directories, never on files: a file that is replaced takes its watch away with it, its
// directory stays and tells of the new one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

struct directory_event {
  enum class kind : std::uint8_t {
    made,      ///< an entry came into being; if it is a file, it may be being written
    replaced,  ///< an entry was renamed, to or from this name, or removed
    written,   ///< content has changed; `closed` follows, unless it was truncated by path
    closed,    ///< a file that was open for writing is not any more
    touched,   ///< times or permissions
    gone,      ///< the directory itself, by removal or rename, or its watch; no name
    lost       ///< there were more events than the kernel keeps: look at everything; no watch, no name
  };
  kind what = kind::lost;
  int watch = -1;
  std::string name;
};

class inotify {
 public:
  /// CLOEXEC and non-blocking. Fails where the user has too many (EMFILE).
  static result<inotify> open();

  /// Watches a directory; the same number again for one that is watched already, by whatever name. EACCES
  /// without the right to read it, ENOSPC where the user has too many watches.
  result<int> watch(const std::string& directory);
  /// Ends a watch; one that has ended by itself is no error.
  void unwatch(int number) noexcept;

  /// What has happened, in its order, nothing if nothing has. At most some hundreds of events at a time:
  /// call it until it is empty.
  result<std::vector<directory_event>> read();

  [[nodiscard]] fd_view descriptor() const noexcept { return fd_; }

 private:
  explicit inotify(unique_fd fd) noexcept : fd_{std::move(fd)} {}
  unique_fd fd_;
};

}  // namespace baton::os
