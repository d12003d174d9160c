#include "processor_time.hpp"

#include <ctime>
#include <utility>

namespace baton::bench {

processor_time::processor_time(std::vector<pid_t> watched) : watched_{std::move(watched)} {}

processor_time::reading processor_time::read() const {
  reading found;
  for (const auto pid : watched_) {
    clockid_t clock{};
    timespec used{};
    const bool there = ::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &used) == 0;
    found.push_back(there ? std::optional{std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec}}
                          : std::nullopt);
  }
  return found;
}

std::optional<std::chrono::nanoseconds> processor_time::used() const noexcept {
  if (watched_.empty()) return {};
  std::chrono::nanoseconds all{0};
  for (std::size_t i = 0; i < before_.size() && i < after_.size(); ++i) {
    if (before_[i] && after_[i]) all += *after_[i] - *before_[i];
  }
  return all;
}

}  // namespace baton::bench
