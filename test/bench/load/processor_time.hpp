// The processor time of the processes that are measured, read by the load generator itself: exactly when the measured
// time begins and when it ends, for the price of a system call each. A looker-on that reads /proc every few
// milliseconds was rejected: it runs on the load's core, and each look (200 us) delayed enough requests to be their
// 99th percentile.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace baton::bench {

class processor_time {
 public:
  /// Of no process: `used` is nothing.
  explicit processor_time(std::vector<pid_t> watched);

  void begin() { before_ = read(); }
  void end() { after_ = read(); }

  /// What all of them used between `begin` and `end`, on all threads. One that was gone by then counts nothing. Nothing
  /// if there are none.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> used() const noexcept;

 private:
  using reading = std::vector<std::optional<std::chrono::nanoseconds>>;
  [[nodiscard]] reading read() const;

  const std::vector<pid_t> watched_;
  reading before_;
  reading after_;
};

}  // namespace baton::bench
