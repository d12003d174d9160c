// What a program has registered by baton/metrics.hpp, kept in the order of registration. Labels and names are checked
// here, so that what /metrics writes can always be read.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <baton/metrics.hpp>

#include "upgrade/counter_passing.hpp"

namespace baton {

/// Filled on one thread before the server runs; read by any afterwards.
class own_metrics {
 public:
  using kind =
      std::variant<std::unique_ptr<metric_counter>, std::unique_ptr<metric_gauge>, std::unique_ptr<metric_histogram>>;
  struct entry {
    std::string name;
    std::string help;
    metric_labels labels;
    kind value;
  };

  explicit own_metrics(upgrade::counter_passing& carried) noexcept : carried_{carried} {}

  // See metric_registry.
  metric_counter& counter(std::string name, std::string help, metric_labels labels);
  metric_gauge& gauge(std::string name, std::string help, metric_labels labels);
  metric_histogram& histogram(std::string name, std::string help, std::vector<double> bounds, metric_labels labels);

  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  void check(const std::string& name, const metric_labels& labels, std::size_t which) const;
  [[nodiscard]] carried_counter& carry(const std::string& series, const std::string& part);

  upgrade::counter_passing& carried_;
  std::vector<entry> entries_;
};

}  // namespace baton
