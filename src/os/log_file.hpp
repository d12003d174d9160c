// The log's file. Every line is one `write` to a descriptor opened with O_APPEND, so that lines of several
// processes (two generations during an upgrade) stand in it whole, and one that was renamed away by a log
// rotation goes on until the path is opened anew.
#pragma once

#include <memory>
#include <string>

#include "base/log.hpp"
#include "os/error.hpp"

namespace baton::os {

/// Opens `path` for appending, making it with mode 0640 (less the umask) where there is none. A FIFO must have a
/// reader. Relative paths start from the current directory.
[[nodiscard]] result<std::unique_ptr<log::destination>> open_log_file(const std::string& path);

/// Standard error, as it is at each write.
[[nodiscard]] std::unique_ptr<log::destination> standard_error_log();

}  // namespace baton::os
