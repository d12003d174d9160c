// The log's file. Every line is one `write` to a descriptor opened with O_APPEND, so that lines of several
// processes (two generations during an upgrade) stand in it whole, and one that was renamed away by a log
// rotation goes on until the path is opened anew.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "os/error.hpp"

namespace baton::os {

/// What is written to a descriptor. `write` waits for the reader of a pipe as long as it takes.
class descriptor_log : public log::destination {
 public:
  /// As `write`, but where a pipe is full asks about 20 times a second whether to go on waiting. What a pipe takes
  /// goes there in pieces of at most PIPE_BUF, cut at the ends of lines where there are any.
  virtual bool write_while(std::string_view lines, const std::function<bool()>& goes_on) noexcept = 0;
};

/// Opens `path` for appending, making it with mode 0640 (less the umask) where there is none. A FIFO must have a
/// reader. Relative paths start from the current directory.
[[nodiscard]] result<std::unique_ptr<log::destination>> open_log_file(const std::string& path);

/// Standard error, as it is at each write.
[[nodiscard]] std::unique_ptr<log::destination> standard_error_log();

}  // namespace baton::os
