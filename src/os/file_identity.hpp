// What tells one state of a file from another without reading it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace baton::os {

struct file_identity {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified = 0;  ///< ns since the epoch
  std::int64_t changed = 0;   ///< of the inode: permissions, names, content
  mode_t mode = 0;

  /// A regular file that somebody may execute.
  [[nodiscard]] bool executable() const noexcept;
  [[nodiscard]] bool regular() const noexcept;
  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// Of what `path` leads to, symbolic links followed; nullopt if that is nothing, or out of reach.
[[nodiscard]] std::optional<file_identity> identify(const std::string& path);

}  // namespace baton::os
