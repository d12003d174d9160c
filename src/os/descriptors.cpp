#include "os/descriptors.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace baton::os {
namespace {

result<void> change_flag(fd_view fd, int get, int set, int flag, bool value) {
  const int flags = ::fcntl(fd.get(), get);
  if (flags < 0) return last_error("fcntl descriptor " + std::to_string(fd.get()));
  const int wanted = value ? flags | flag : flags & ~flag;
  if (wanted != flags && ::fcntl(fd.get(), set, wanted) < 0) {
    return last_error("fcntl descriptor " + std::to_string(fd.get()));
  }
  return {};
}

// -1 where there is no such option or no socket.
int socket_option(fd_view fd, int option) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd.get(), SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

}  // namespace

result<void> set_close_on_exec(fd_view fd, bool value) {
  return change_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, value);
}

result<void> set_nonblocking(fd_view fd, bool value) {
  return change_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, value);
}

result<void> open_standard_descriptors() {
  for (;;) {
    unique_fd null{::open("/dev/null", O_RDWR)};
    if (!null) return last_error("open /dev/null");
    if (null.get() > 2) return {};
    static_cast<void>(null.release());  // it stays: the lowest free number was one of the three
  }
}

result<unique_fd> open_null() {
  unique_fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null) return last_error("open /dev/null");
  return null;
}

result<unique_fd> duplicate(fd_view fd) {
  const int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return last_error("duplicate descriptor " + std::to_string(fd.get()));
  return unique_fd{copy};
}

result<void> replace(fd_view target, fd_view fd) {
  if (::dup2(fd.get(), target.get()) < 0) return last_error("dup2 to descriptor " + std::to_string(target.get()));
  return {};
}

bool is_listening_stream_socket(fd_view fd) noexcept {
  return socket_option(fd, SO_ACCEPTCONN) == 1 && socket_option(fd, SO_TYPE) == SOCK_STREAM;
}

bool is_local_packet_socket(fd_view fd) noexcept {
  return socket_option(fd, SO_DOMAIN) == AF_UNIX && socket_option(fd, SO_TYPE) == SOCK_SEQPACKET;
}

bool is_open(fd_view fd) noexcept {
  return ::fcntl(fd.get(), F_GETFD) >= 0;
}

std::vector<int> list_open_descriptors() {
  std::vector<int> open;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir("/proc/self/fd"), ::closedir};
  if (!listing) return open;
  while (const dirent* const entry = ::readdir(listing.get())) {
    if (entry->d_name[0] == '.') continue;
    const int fd = std::atoi(entry->d_name);
    if (fd != ::dirfd(listing.get())) open.push_back(fd);
  }
  std::sort(open.begin(), open.end());
  return open;
}

std::size_t count_open_descriptors() {
  return list_open_descriptors().size();
}

result<pipe_ends> make_pipe(pipe_reading reading) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return last_error("pipe2");
  pipe_ends made{unique_fd{ends[0]}, unique_fd{ends[1]}};
  if (reading == pipe_reading::nonblocking) {
    if (const auto set = set_nonblocking(made.read, true); !set) return set.error();
  }
  return made;
}

result<read_result> read_some(fd_view fd, char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, size);
    if (n > 0) return read_result{read_outcome::data, static_cast<std::size_t>(n)};
    if (n == 0) return read_result{read_outcome::end, 0};
    if (errno == EAGAIN) return read_result{read_outcome::would_block, 0};
    if (errno != EINTR) return last_error("read descriptor " + std::to_string(fd.get()));
  }
}

void write_all(fd_view fd, const char* data, std::size_t size) noexcept {
  while (size > 0) {
    const ssize_t n = ::write(fd.get(), data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
}

}  // namespace baton::os
