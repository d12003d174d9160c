// Small files of one root in memory, least recently used ones dropped first. What is found here is what a look at the
// disk would have found: inotify tells of changes before the next request is answered, and what it cannot tell of
// (see directory_watches) is seen because nothing is believed for longer than a second.
//
// Only files without a symbolic link on their way below the root are kept, since a link's target may change where
// nobody watches. Shared by the workers: a lock is held for a look into a table, and once per turn of a worker for the
// question whether anything has changed. Rejected: a cache per worker (the memory and the inotify instances, of which a
// user has 128, as often as there are workers); open descriptors instead of bytes (nginx's open_file_cache; it still
// reads).
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "content/cached_file.hpp"
#include "content/directory_watches.hpp"
#include "os/file_tree.hpp"

namespace baton::content {

/// Any thread.
class file_cache {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Keeps files below `tree` up to `most` bytes in all, their keeping included; zero: none at all.
  file_cache(std::size_t most, std::shared_ptr<const os::file_tree> tree);

  [[nodiscard]] bool enabled() const noexcept { return most_ != 0; }

  /// What is kept of `name`, as it was at `now` or later; null if nothing is. `now` may lie in the past by as much as
  /// changes may be overlooked: the moment when the worker's turn began.
  [[nodiscard]] std::shared_ptr<const cached_file> find(std::string_view name, time_point now);

  /// Before a file is read that is to be kept: `name`'s directories are watched from here on. Nullopt: it is not to be
  /// kept, since `tree` is not served any more.
  [[nodiscard]] std::optional<std::uint64_t> prepare(const std::shared_ptr<const os::file_tree>& tree,
                                                     const std::string& name);
  /// Keeps what was read since `prepare` gave `ticket`, unless something has changed in the meantime.
  void keep(std::shared_ptr<const cached_file> file, std::uint64_t ticket, time_point now);

  /// Forgets everything, and keeps files of `tree` from now on.
  void follow(std::shared_ptr<const os::file_tree> tree);

  struct totals {
    std::size_t files = 0;
    std::size_t bytes = 0;
    std::size_t watches = 0;
  };
  [[nodiscard]] totals count();

 private:
  struct kept {
    std::shared_ptr<const cached_file> file;
    time_point read;
  };
  using order = std::list<kept>;

  void apply_changes();
  void apply(const directory_watches::change& change);
  void drop(std::string_view name);
  void drop_below(std::string_view path);
  void erase(order::iterator at);

  const std::size_t most_;
  std::mutex mutex_;
  // guarded by mutex_
  std::shared_ptr<const os::file_tree> tree_;
  directory_watches watches_;
  order order_;                                                  // the one used last in front
  std::unordered_map<std::string_view, order::iterator> index_;  // keys are the files' own names
  std::size_t bytes_ = 0;
  std::uint64_t epoch_ = 0;  // counts changes
  time_point asked_{};       // when it was last looked whether anything has changed
};

}  // namespace baton::content
