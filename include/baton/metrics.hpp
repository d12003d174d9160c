// A program's own numbers, beside the server's, on the admin listener's `/metrics` (option `admin`), in the
// Prometheus text format.
//
//     baton::metric_counter& orders = app.metrics().counter("shop_orders_total", "Orders taken.", {{"kind", "web"}});
//     app.routes().post("/orders", [&](baton::request&) { orders.add(); ... });
//
// Counters and histograms pass from generation to generation as baton::carried_counter does, so that an upgrade never
// sets them back. Gauges say how things are in one process, and begin anew.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <baton/handover.hpp>

namespace baton {

/// Names and values. A name is `[a-zA-Z_][a-zA-Z0-9_]*`; values are any UTF-8.
using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Goes up alone. Any thread, no lock.
class metric_counter {
 public:
  explicit metric_counter(carried_counter& count) noexcept : count_{count} {}
  void add(std::uint64_t n = 1) noexcept { count_.add(n); }
  [[nodiscard]] std::uint64_t value() const noexcept { return count_.value(); }

 private:
  carried_counter& count_;
};

/// Goes up and down. Any thread, no lock.
class metric_gauge {
 public:
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(double by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

/// How often values were within bounds. Any thread, no lock.
class metric_histogram {
 public:
  /// One count for each bound, in ascending order, one for what is above; `sum` in millionths.
  metric_histogram(std::vector<double> bounds, std::vector<carried_counter*> counts, carried_counter& sum)
      : bounds_{std::move(bounds)}, counts_{std::move(counts)}, sum_{sum} {}

  /// Negative values and NaN count as 0.
  void observe(double value) noexcept;

  [[nodiscard]] const std::vector<double>& bounds() const noexcept { return bounds_; }
  /// Of those at most `bounds()[i]` and above the bound before; the last one has no bound.
  [[nodiscard]] std::uint64_t count(std::size_t i) const noexcept { return counts_[i]->value(); }
  /// To a millionth.
  [[nodiscard]] double sum() const noexcept { return static_cast<double>(sum_.value()) / 1e6; }

 private:
  const std::vector<double> bounds_;
  const std::vector<carried_counter*> counts_;
  carried_counter& sum_;
};

class own_metrics;

/// Filled before `application::run`; the references live as long as the application. All of it throws
/// std::invalid_argument for a name that is none (`[a-zA-Z_:][a-zA-Z0-9_:]*`; `baton_` and `process_` belong to the
/// library), a wrong label, the same name with the same labels again, the same name as another kind, and where name and
/// labels together are longer than 100 bytes. At most 1000 in all.
class metric_registry {
 public:
  explicit metric_registry(own_metrics& kept) noexcept : kept_{kept} {}

  /// By custom, the name ends in `_total`. `help` is a sentence; that of the first one of a name is shown.
  metric_counter& counter(std::string name, std::string help, metric_labels labels = {});
  metric_gauge& gauge(std::string name, std::string help, metric_labels labels = {});
  /// `bounds`: ascending, 1 to 64 of them, in the unit that the name ends with (`_seconds`, `_bytes`).
  metric_histogram& histogram(std::string name, std::string help, std::vector<double> bounds,
                              metric_labels labels = {});

 private:
  own_metrics& kept_;
};

}  // namespace baton
