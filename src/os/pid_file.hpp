// The file that tells operators which process serves. Written atomically, so that a reader finds the
// old pid or the new one, and removed only by the process that it names: after an upgrade it is the
// successor's.
#pragma once

#include <string>
#include <utility>

#include "os/error.hpp"

namespace baton::os {

/// A file with this process's pid and a newline (mode 0644), written beside `path` and not in its place
/// yet: everything that is likely to fail has been done. Removes it unless it was published. Relative
/// paths start from the current directory.
class pid_file_draft {
 public:
  [[nodiscard]] static result<pid_file_draft> write(const std::string& path);
  pid_file_draft(pid_file_draft&& other) noexcept;
  pid_file_draft& operator=(pid_file_draft&&) = delete;
  ~pid_file_draft();

  /// Puts it in the place of `path`, in one step.
  result<void> publish();

 private:
  explicit pid_file_draft(std::string path) noexcept : path_{std::move(path)} {}
  [[nodiscard]] std::string temporary() const;

  std::string path_;  // empty: nothing to remove
};

/// Writes and publishes.
result<void> write_pid_file(const std::string& path);

/// Removes it if it holds this process's pid; true if it did. A file that is not there is no error.
result<bool> remove_pid_file(const std::string& path);

}  // namespace baton::os
