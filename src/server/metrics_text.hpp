// What /metrics answers: everything that is counted here, in the Prometheus text format. prometheus-cpp writes the
// format, from families that are made at each scrape; its own counters are not used, for they would be a locked
// instruction on every worker's way and know nothing of generations.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <baton/application.hpp>

#include "server/metrics_totals.hpp"
#include "server/own_metrics.hpp"
#include "session/connection_summary.hpp"

namespace baton {

/// Of this process at the moment of the scrape.
struct process_facts {
  std::string version;  ///< the program's
  unsigned generation = 1;
  phase now = phase::starting;
  bool ready = false;
  std::chrono::system_clock::time_point started;
  session::connection_counts connections;
  std::size_t workers = 0;
};

/// Any thread.
[[nodiscard]] std::string metrics_text(const process_facts& facts, const metrics_picture& counts,
                                       const metrics_totals& totals, const own_metrics& own);

}  // namespace baton
