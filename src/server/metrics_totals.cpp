#include "server/metrics_totals.hpp"

#include <string_view>

#include <fmt/core.h>

namespace baton {
namespace {

using session::counted_classes;
using session::counted_methods;
using session::latency_histogram;

constexpr std::array<std::string_view, counted_methods> methods{"get",   "head",    "post",  "put", "delete",
                                                                "patch", "options", "other", "none"};
constexpr std::array<std::string_view, counted_classes> classes{"1xx", "2xx", "3xx", "4xx", "5xx", "other"};
constexpr std::array<std::string_view, session::counted_timeouts> waits{"head", "body", "write", "idle"};
constexpr std::array<std::string_view, metrics_picture::timeouts - metrics_picture::latency_ns> scalars{
    "latency_ns", "bytes_in",           "bytes_out",         "accepted",  "refused",         "arrived",
    "closed",     "departed",           "upgraded",          "malformed", "failed_handlers", "cut",
    "handshakes", "handshakes.resumed", "handshakes.failed", "log_lines", "log_dropped"};

// These pass between builds: a count keeps its name.
std::string name_of(std::size_t index) {
  using p = metrics_picture;
  if (index < p::latency) {
    return fmt::format("requests.{}.{}", methods[index / counted_classes], classes[index % counted_classes]);
  }
  if (index < p::latency_ns) {
    const std::size_t bucket = index - p::latency;
    if (bucket == latency_histogram::buckets - 1) return "latency.inf";
    return fmt::format("latency.{}", latency_histogram::bound(bucket).count());
  }
  if (index < p::timeouts) return std::string{scalars[index - p::latency_ns]};
  return fmt::format("timeouts.{}", waits[index - p::timeouts]);
}

carried_counter& carry(upgrade::counter_passing& carried, std::string_view name) {
  return carried.add(fmt::format("baton.metrics.{}", name));
}

}  // namespace

std::string_view method_label(std::size_t which) noexcept {
  return methods[which];
}
std::string_view class_label(std::size_t status_class) noexcept {
  return classes[status_class];
}
std::string_view timeout_label(std::size_t which) noexcept {
  return waits[which];
}

std::uint64_t metrics_picture::all_answers() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counted_classes; ++i) sum += answers_of_class(i);
  return sum;
}

std::uint64_t metrics_picture::answers_of_class(std::size_t status_class) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counted_methods; ++i) sum += answers(i, status_class);
  return sum;
}

void metrics_picture::add(const session::worker_counters& worker) noexcept {
  for (std::size_t i = 0; i < counted_methods; ++i) {
    for (std::size_t k = 0; k < counted_classes; ++k) {
      counts_[requests + i * counted_classes + k] += worker.requests[i][k].value();
    }
  }
  for (std::size_t i = 0; i < latency_histogram::buckets; ++i) counts_[latency + i] += worker.latency.count(i);
  counts_[latency_ns] += worker.latency.total_ns();
  counts_[bytes_in] += worker.bytes_in.value();
  counts_[bytes_out] += worker.bytes_out.value();
  counts_[accepted] += worker.accepted.value();
  counts_[refused] += worker.refused.value();
  counts_[arrived] += worker.arrived.value();
  counts_[closed] += worker.closed.value();
  counts_[departed] += worker.departed.value();
  counts_[upgraded] += worker.upgraded.value();
  counts_[malformed] += worker.malformed.value();
  counts_[failed_handlers] += worker.failed_handlers.value();
  counts_[cut] += worker.cut.value();
  counts_[handshakes] += worker.handshakes.value();
  counts_[resumed] += worker.resumed.value();
  counts_[failed_handshakes] += worker.failed_handshakes.value();
  counts_[log_lines] += worker.log_lines.value();
  counts_[log_dropped] += worker.log_dropped.value();
  for (std::size_t i = 0; i < session::counted_timeouts; ++i) counts_[timeouts + i] += worker.timeouts[i].value();
}

metrics_totals::metrics_totals(upgrade::counter_passing& carried)
    : upgrades_ready{carry(carried, "upgrades.ready")},
      upgrades_failed{carry(carried, "upgrades.failed")},
      upgrades_taken_back{carry(carried, "upgrades.taken_back")},
      reloads_done{carry(carried, "reloads.done")},
      reloads_refused{carry(carried, "reloads.refused")},
      drains{carry(carried, "drains")} {
  for (std::size_t i = 0; i < metrics_picture::size; ++i) carried_.push_back(&carry(carried, name_of(i)));
}

metrics_picture metrics_totals::gather(const std::vector<const session::worker_counters*>& workers) {
  const std::lock_guard lock{mutex_};
  metrics_picture now;
  for (const session::worker_counters* const each : workers) now.add(*each);
  metrics_picture all;
  for (std::size_t i = 0; i < metrics_picture::size; ++i) {
    all[i] = carried_[i]->add(now[i] - gathered_[i]);
  }
  gathered_ = now;
  return all;
}

}  // namespace baton
