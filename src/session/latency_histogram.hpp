// How long things took, counted in fixed buckets that grow by powers of two with one step between: an
// answer's time is known to a third of itself, from a microsecond to a minute, in 432 bytes. Rejected:
// buckets set by the user (percentiles of a page need finer ones than most would set) and sketches that
// merge or resize (they allocate, or need locks to be read).
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "session/tally.hpp"

namespace baton::session {

/// Added to by one thread, read by any.
class latency_histogram {
 public:
  /// The last one has no upper bound.
  static constexpr std::size_t buckets = 54;

  void add(std::chrono::nanoseconds time, std::uint64_t times = 1) noexcept {
    counts_[bucket_of(time)].add(times);
    total_ns_.add(static_cast<std::uint64_t>(time.count() < 0 ? 0 : time.count()) * times);
  }

  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket].value(); }
  /// All times together.
  [[nodiscard]] std::uint64_t total_ns() const noexcept { return total_ns_.value(); }

  /// The bucket's upper bound, which belongs to it: 1, 1.5, 2, 3, 4, 6, 8, ... microseconds; of the last one the
  /// longest that there is.
  [[nodiscard]] static constexpr std::chrono::nanoseconds bound(std::size_t bucket) noexcept {
    if (bucket >= buckets - 1) return std::chrono::nanoseconds::max();
    const std::int64_t octave = std::int64_t{1000} << (bucket / 2);
    return std::chrono::nanoseconds{bucket % 2 == 0 ? octave : octave + octave / 2};
  }

  [[nodiscard]] static constexpr std::size_t bucket_of(std::chrono::nanoseconds time) noexcept {
    if (time <= bound(0)) return 0;
    const auto micros = static_cast<std::uint64_t>((time.count() - 1) / 1000);  // at least 1 from here on
    const auto octave = static_cast<std::size_t>(std::bit_width(micros)) - (micros == 0 ? 0 : 1);
    const std::size_t lower = 2 * octave;  // time > bound(lower)
    const std::size_t found = time <= bound(lower + 1) ? lower + 1 : lower + 2;
    return found < buckets - 1 ? found : buckets - 1;
  }

 private:
  std::array<tally, buckets> counts_{};
  tally total_ns_;
};

/// The time within which the `share` (0 to 1) of all that was counted lies, by linear interpolation in its bucket;
/// zero where nothing was counted. `counts`: one for each bucket. The last bucket counts as its lower bound.
[[nodiscard]] std::chrono::nanoseconds percentile(std::span<const std::uint64_t> counts, double share) noexcept;

}  // namespace baton::session
