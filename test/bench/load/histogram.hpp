// Latencies in buckets whose width grows with the value: 128 to a power of two, so that a percentile is
// off by less than 1% whatever its size, and noting one costs an increment. Keeping every time and sorting
// was rejected: a minute of a fast server is fifty million of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace baton::bench {

class histogram {
 public:
  histogram();

  /// Notes `count` latencies; less than nothing counts as nothing.
  void add(std::chrono::nanoseconds value, std::uint64_t count = 1) noexcept;

  /// The value that `part` (0 to 1) of all do not exceed; the upper end of its bucket, and no more than the
  /// longest. Zero if there are none.
  [[nodiscard]] std::chrono::nanoseconds at(double part) const noexcept;
  [[nodiscard]] std::chrono::nanoseconds longest() const noexcept { return longest_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  struct share {
    std::chrono::nanoseconds value;  ///< upper end of a bucket, and no more than the longest
    std::uint64_t count;             ///< never 0
  };
  /// All of them, by rising value.
  [[nodiscard]] std::vector<share> shares() const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds longest_{0};
};

}  // namespace baton::bench
