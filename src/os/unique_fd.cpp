#include "os/unique_fd.hpp"

#include <cerrno>

#include <unistd.h>

namespace baton::os {

void unique_fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0 || old == fd) return;
  const int saved = errno;
  ::close(old);  // not repeated on EINTR: Linux has let go of the number by then
  errno = saved;
}

}  // namespace baton::os
