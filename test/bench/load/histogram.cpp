#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace baton::bench {
namespace {

constexpr unsigned fine = 7;  // 2^7 buckets to a power of two
constexpr std::uint64_t first = std::uint64_t{1} << fine;

// Values below 2^fine have a bucket each.
std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < first) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - fine - 1;
  return (std::size_t{shift} << fine) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t upper_end(std::size_t bucket) noexcept {
  if (bucket < first) return bucket;
  const auto shift = (bucket >> fine) - 1;
  return (((bucket & (first - 1)) + first + 1) << shift) - 1;
}

}  // namespace

histogram::histogram() : buckets_(64 << fine) {}

void histogram::add(std::chrono::nanoseconds value, std::uint64_t count) noexcept {
  const auto positive = std::max(value, std::chrono::nanoseconds{0});
  buckets_[bucket_of(static_cast<std::uint64_t>(positive.count()))] += count;
  count_ += count;
  longest_ = std::max(longest_, positive);
}

std::vector<histogram::share> histogram::shares() const {
  std::vector<share> found;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    if (buckets_[bucket] == 0) continue;
    const std::chrono::nanoseconds end{static_cast<std::int64_t>(upper_end(bucket))};
    found.push_back({std::min(longest_, end), buckets_[bucket]});
  }
  return found;
}

std::chrono::nanoseconds histogram::at(double part) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen != 0) {
      return std::min(longest_, std::chrono::nanoseconds{static_cast<std::int64_t>(upper_end(bucket))});
    }
  }
  return longest_;
}

}  // namespace baton::bench
