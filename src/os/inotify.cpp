#include "os/inotify.hpp"

#include <cstring>

#include <sys/inotify.h>
#include <unistd.h>

namespace baton::os {
namespace {

constexpr std::uint32_t wanted = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |
                                 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

directory_event::kind kind_of(std::uint32_t mask) noexcept {
  using kind = directory_event::kind;
  if ((mask & IN_Q_OVERFLOW) != 0) return kind::lost;
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) return kind::gone;
  if ((mask & IN_CREATE) != 0) return kind::made;
  if ((mask & (IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0) return kind::replaced;
  if ((mask & IN_CLOSE_WRITE) != 0) return kind::closed;
  if ((mask & IN_MODIFY) != 0) return kind::written;
  return kind::touched;
}

}  // namespace

result<inotify> inotify::open() {
  unique_fd fd{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  if (!fd) return last_error("inotify_init1");
  return inotify{std::move(fd)};
}

result<int> inotify::watch(const std::string& directory) {
  const int number = ::inotify_add_watch(fd_.get(), directory.c_str(), wanted);
  if (number < 0) return last_error("inotify_add_watch " + directory);
  return number;
}

void inotify::unwatch(int number) noexcept {
  ::inotify_rm_watch(fd_.get(), number);
}

result<std::vector<directory_event>> inotify::read() {
  alignas(inotify_event) char buffer[16 * 1024];
  ssize_t size = -1;
  do {
    size = ::read(fd_.get(), buffer, sizeof buffer);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno != EAGAIN) return last_error("read inotify");
  std::vector<directory_event> events;
  for (ssize_t at = 0; at < size;) {
    inotify_event event{};
    std::memcpy(&event, buffer + at, sizeof event);
    // The name is filled up with NULs.
    const char* const name = buffer + at + sizeof event;
    events.push_back({kind_of(event.mask), event.wd, event.len > 0 ? std::string{name} : std::string{}});
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
  return events;
}

}  // namespace baton::os
