#include "os/close_others.hpp"

#include <cerrno>
#include <climits>

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace baton::os {
namespace {

int close_range_of(unsigned first, unsigned last) noexcept {
  if (first > last) return 0;
  return ::syscall(SYS_close_range, first, last, 0U) == 0 ? 0 : errno;
}

// -1 for `.`, `..` and whatever else is no number.
int number_of(const char* name) noexcept {
  int number = 0;
  if (*name == '\0') return -1;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') return -1;
    number = number * 10 + (*name - '0');
  }
  return number;
}

void close_listed(const char* entries, long size, int first, int kept, int listing) noexcept {
  for (long at = 0; at < size;) {
    const auto* const entry = reinterpret_cast<const dirent64*>(entries + at);
    const int fd = number_of(entry->d_name);
    if (fd >= first && fd != kept && fd != listing) ::close(fd);
    at += entry->d_reclen;
  }
}

}  // namespace

int close_others(int first, int kept) noexcept {
  if (kept < first) {
    if (close_range_of(static_cast<unsigned>(first), UINT_MAX) == 0) return 0;
  } else if (close_range_of(static_cast<unsigned>(first), static_cast<unsigned>(kept) - 1) == 0 &&
             close_range_of(static_cast<unsigned>(kept) + 1, UINT_MAX) == 0) {
    return 0;
  }
  return close_others_by_listing(first, kept);
}

int close_others_by_listing(int first, int kept) noexcept {
  const int listing = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listing < 0) return errno;
  alignas(dirent64) char entries[4096];
  long size = 0;
  while ((size = ::syscall(SYS_getdents64, listing, entries, sizeof entries)) > 0) {
    close_listed(entries, size, first, kept, listing);
  }
  const int number = size < 0 ? errno : 0;
  ::close(listing);
  return number;
}

}  // namespace baton::os
