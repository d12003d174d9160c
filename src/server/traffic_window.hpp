// The last minutes' traffic, from a picture of the counts each second: requests a second for the line that the page
// draws, and how long the last minute's answers took.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "server/metrics_totals.hpp"

namespace baton {

/// One thread.
class traffic_window {
 public:
  static constexpr std::size_t seconds_of_rates = 120;
  static constexpr std::size_t seconds_of_latencies = 60;

  /// Once a second or so.
  void add(std::chrono::steady_clock::time_point when, const metrics_picture& counts);

  [[nodiscard]] const metrics_picture& now() const noexcept { return latest_; }
  /// Requests a second, the newest last.
  [[nodiscard]] const std::deque<double>& rates() const noexcept { return rates_; }
  [[nodiscard]] double bytes_in_rate() const noexcept { return in_rate_; }
  [[nodiscard]] double bytes_out_rate() const noexcept { return out_rate_; }
  /// Of the answers within the window, one count for each bucket of latency_histogram.
  [[nodiscard]] std::vector<std::uint64_t> latencies() const;
  [[nodiscard]] std::chrono::seconds latency_window() const noexcept;

 private:
  struct sample {
    std::chrono::steady_clock::time_point when;
    std::vector<std::uint64_t> latencies;
  };
  metrics_picture latest_;
  std::deque<sample> samples_;  // at most seconds_of_latencies + 1
  std::deque<double> rates_;
  double in_rate_ = 0;
  double out_rate_ = 0;
};

}  // namespace baton
