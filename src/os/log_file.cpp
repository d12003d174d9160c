#include "os/log_file.hpp"

#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "os/descriptors.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {
namespace {

// More than one `write` only where the disk was full half-way.
bool write_whole(int fd, std::string_view line) noexcept {
  while (!line.empty()) {
    const ssize_t written = ::write(fd, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

class standard_error final : public log::destination {
 public:
  bool write(std::string_view line) noexcept override { return write_whole(STDERR_FILENO, line); }
};

class log_file final : public log::destination {
 public:
  explicit log_file(unique_fd fd) noexcept : fd_{std::move(fd)} {}

  bool write(std::string_view line) noexcept override { return write_whole(fd_.get(), line); }

 private:
  unique_fd fd_;
};

}  // namespace

result<std::unique_ptr<log::destination>> open_log_file(const std::string& path) {
  // Without O_NONBLOCK a FIFO that nobody reads would hold the process up.
  unique_fd fd{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640)};
  if (!fd) return last_error("open " + path);
  if (const auto blocking = set_nonblocking(fd, false); !blocking) return blocking.error();
  return std::unique_ptr<log::destination>{std::make_unique<log_file>(std::move(fd))};
}

std::unique_ptr<log::destination> standard_error_log() {
  return std::make_unique<standard_error>();
}

}  // namespace baton::os
