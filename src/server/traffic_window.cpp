#include "server/traffic_window.hpp"

#include <algorithm>

namespace baton {

void traffic_window::add(std::chrono::steady_clock::time_point when, const metrics_picture& counts) {
  if (!samples_.empty()) {
    const double passed = std::max(std::chrono::duration<double>{when - samples_.back().when}.count(), 0.001);
    const auto rate = [passed](std::uint64_t before, std::uint64_t after) {
      return static_cast<double>(after - before) / passed;
    };
    rates_.push_back(rate(latest_.all_answers(), counts.all_answers()));
    in_rate_ = rate(latest_[metrics_picture::bytes_in], counts[metrics_picture::bytes_in]);
    out_rate_ = rate(latest_[metrics_picture::bytes_out], counts[metrics_picture::bytes_out]);
  }
  if (rates_.size() > seconds_of_rates) rates_.pop_front();
  latest_ = counts;
  const auto latencies = counts.latencies();
  samples_.push_back({when, {latencies.begin(), latencies.end()}});
  if (samples_.size() > seconds_of_latencies + 1) samples_.pop_front();
}

std::vector<std::uint64_t> traffic_window::latencies() const {
  if (samples_.empty()) return std::vector<std::uint64_t>(session::latency_histogram::buckets);
  std::vector<std::uint64_t> result = samples_.back().latencies;
  const std::vector<std::uint64_t>& before = samples_.front().latencies;
  for (std::size_t i = 0; i < result.size(); ++i) result[i] -= before[i];
  return result;
}

std::chrono::seconds traffic_window::latency_window() const noexcept {
  if (samples_.empty()) return std::chrono::seconds{0};
  return std::chrono::round<std::chrono::seconds>(samples_.back().when - samples_.front().when);
}

}  // namespace baton
