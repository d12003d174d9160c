// The directory entries that decide where a path leads: whoever watches these directories sees every way
// of putting another file there, be it a rename, a symbolic link that is turned (`/srv/current ->
// releases/2`, anywhere on the way), or a directory that goes and comes back.
#pragma once

#include <string>
#include <vector>

namespace baton::os {

struct path_step {
  std::string directory;  ///< absolute, free of symbolic links
  std::string name;       ///< the entry in it that is followed
  friend bool operator==(const path_step&, const path_step&) = default;
};

/// Every look-up on the way along `path`, which must be absolute, in order; the last one is the file itself. Ends
/// early where an entry is missing (that one is the last then) or after 40 symbolic links.
[[nodiscard]] std::vector<path_step> steps_along(const std::string& path);

}  // namespace baton::os
