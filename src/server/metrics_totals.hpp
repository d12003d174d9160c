// The workers' counters added up, over all generations: each count is a carried counter with a reserved name
// (`baton.metrics.`), so that it goes on in the next process where it stood in this one. What the workers have counted
// since the last look is added before anybody reads, and before counts pass to another generation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <baton/handover.hpp>

#include "session/worker_counters.hpp"
#include "upgrade/counter_passing.hpp"

namespace baton {

/// All counts at one moment, in the order of `count_index`.
class metrics_picture {
 public:
  /// Where a count stands; `requests` and `latency` are the first of many.
  enum count_index : std::size_t {
    requests = 0,
    latency = requests + session::counted_methods * session::counted_classes,
    latency_ns = latency + session::latency_histogram::buckets,
    bytes_in,
    bytes_out,
    accepted,
    refused,
    arrived,
    closed,
    departed,
    upgraded,
    malformed,
    failed_handlers,
    cut,
    handshakes,
    resumed,
    failed_handshakes,
    log_lines,
    log_dropped,
    timeouts,
    size = timeouts + session::counted_timeouts
  };

  [[nodiscard]] std::uint64_t operator[](std::size_t index) const noexcept { return counts_[index]; }
  [[nodiscard]] std::uint64_t& operator[](std::size_t index) noexcept { return counts_[index]; }
  [[nodiscard]] std::uint64_t answers(std::size_t which, std::size_t status_class) const noexcept {
    return counts_[requests + which * session::counted_classes + status_class];
  }
  /// Of every method and class.
  [[nodiscard]] std::uint64_t all_answers() const noexcept;
  /// Of one class of status, from 0 for 1xx.
  [[nodiscard]] std::uint64_t answers_of_class(std::size_t status_class) const noexcept;
  [[nodiscard]] std::span<const std::uint64_t> latencies() const noexcept {
    return std::span{counts_}.subspan(latency, session::latency_histogram::buckets);
  }
  void add(const session::worker_counters& worker) noexcept;

 private:
  std::array<std::uint64_t, size> counts_{};
};

/// `get`, `head`, ..., `other`, `none`.
[[nodiscard]] std::string_view method_label(std::size_t which) noexcept;
/// `1xx` to `5xx`, `other`.
[[nodiscard]] std::string_view class_label(std::size_t status_class) noexcept;
/// `head`, `body`, `write`, `idle`.
[[nodiscard]] std::string_view timeout_label(std::size_t which) noexcept;

class metrics_totals {
 public:
  /// Registers every count with `carried`, which must live longer.
  explicit metrics_totals(upgrade::counter_passing& carried);
  metrics_totals(const metrics_totals&) = delete;
  metrics_totals& operator=(const metrics_totals&) = delete;

  /// Takes in what `workers` have counted since the last call, and returns what there is in all. They must be the same
  /// ones each time. Any thread.
  metrics_picture gather(const std::vector<const session::worker_counters*>& workers);

  // Any thread.
  carried_counter& upgrades_ready;
  carried_counter& upgrades_failed;
  carried_counter& upgrades_taken_back;
  carried_counter& reloads_done;
  carried_counter& reloads_refused;
  carried_counter& drains;

 private:
  std::vector<carried_counter*> carried_;
  std::mutex mutex_;
  metrics_picture gathered_;  // guarded by mutex_: of the workers, as of the last call
};

}  // namespace baton
