#include "os/log_file.hpp"

#include <climits>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
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

// A write to it may wait for somebody who reads.
bool is_pipe(int fd) noexcept {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
}

bool wait_writable(int fd, const std::function<bool()>& goes_on) {
  constexpr int interval_ms = 50;
  for (;;) {
    pollfd one{fd, POLLOUT, 0};
    const int ready = ::poll(&one, 1, interval_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (!goes_on()) return false;
  }
}

// So much has room in a pipe that is writable.
std::string_view first_piece(std::string_view lines) noexcept {
  if (lines.size() <= PIPE_BUF) return lines;
  const std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
  return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

bool write_pieces(int fd, std::string_view lines, const std::function<bool()>& goes_on) {
  while (!lines.empty()) {
    if (!goes_on() || !wait_writable(fd, goes_on)) return false;
    const std::string_view piece = first_piece(lines);
    const ssize_t written = ::write(fd, piece.data(), piece.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written <= 0) return false;
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_to(int fd, std::string_view lines, const std::function<bool()>& goes_on) noexcept {
  try {
    return is_pipe(fd) ? write_pieces(fd, lines, goes_on) : write_whole(fd, lines);
  } catch (...) {
    return false;
  }
}

class standard_error final : public descriptor_log {
 public:
  bool write(std::string_view line) noexcept override { return write_whole(STDERR_FILENO, line); }
  bool write_while(std::string_view lines, const std::function<bool()>& goes_on) noexcept override {
    return write_to(STDERR_FILENO, lines, goes_on);
  }
};

class log_file final : public descriptor_log {
 public:
  explicit log_file(unique_fd fd) noexcept : fd_{std::move(fd)} {}

  bool write(std::string_view line) noexcept override { return write_whole(fd_.get(), line); }
  bool write_while(std::string_view lines, const std::function<bool()>& goes_on) noexcept override {
    return write_to(fd_.get(), lines, goes_on);
  }

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
