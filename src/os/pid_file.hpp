// The file that tells operators which process serves. Written atomically, so that a reader finds the
// old pid or the new one, and removed only by the process that it names: after an upgrade it is the
// successor's.
#pragma once

#include <string>

#include "os/error.hpp"

namespace baton::os {

/// Puts a file with this process's pid and a newline (mode 0644) in place of `path`. Relative paths
/// start from the current directory.
result<void> write_pid_file(const std::string& path);

/// Removes it if it holds this process's pid; true if it did. A file that is not there is no error.
result<bool> remove_pid_file(const std::string& path);

}  // namespace baton::os
