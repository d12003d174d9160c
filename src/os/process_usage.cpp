#include "os/process_usage.hpp"

#include <array>
#include <cstdio>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/unique_fd.hpp"

namespace baton::os {
namespace {

void read_sizes(process_usage& into) noexcept {
  const unique_fd file{::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)};
  std::array<char, 128> text{};
  if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0) return;
  unsigned long size = 0;
  unsigned long resident = 0;
  if (std::sscanf(text.data(), "%lu %lu", &size, &resident) != 2) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  into.virtual_size = size * page;
  into.resident = resident * page;
}

std::size_t count_descriptors() noexcept {
  DIR* const all = ::opendir("/proc/self/fd");
  if (all == nullptr) return 0;
  std::size_t count = 0;
  while (const dirent* const each = ::readdir(all)) {
    if (each->d_name[0] != '.') ++count;
  }
  ::closedir(all);
  return count == 0 ? 0 : count - 1;  // the one that reads here
}

std::chrono::microseconds time_of(const timeval& value) noexcept {
  return std::chrono::seconds{value.tv_sec} + std::chrono::microseconds{value.tv_usec};
}

}  // namespace

process_usage usage_of_this_process() noexcept {
  process_usage now;
  read_sizes(now);
  now.descriptors = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) now.descriptor_limit = limit.rlim_cur;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) now.cpu = time_of(used.ru_utime) + time_of(used.ru_stime);
  return now;
}

}  // namespace baton::os
