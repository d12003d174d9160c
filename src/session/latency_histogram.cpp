#include "session/latency_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace baton::session {

using std::chrono::nanoseconds;

nanoseconds percentile(std::span<const std::uint64_t> counts, double share) noexcept {
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0) return nanoseconds{0};
  const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(total);
  double below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (counts[i] == 0 || below + here < wanted) {
      below += here;
      continue;
    }
    const nanoseconds lower = i == 0 ? nanoseconds{0} : latency_histogram::bound(i - 1);
    if (i + 1 >= latency_histogram::buckets) return lower;
    const auto width = static_cast<double>((latency_histogram::bound(i) - lower).count());
    return lower + nanoseconds{std::llround(width * (wanted - below) / here)};
  }
  return latency_histogram::bound(latency_histogram::buckets - 2);
}

}  // namespace baton::session
