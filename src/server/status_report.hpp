// What the status page shows, as one JSON object; the admin listener's `/status.json`, and each event of `/events`.
// Members are added, never renamed. Times are milliseconds since the epoch, durations milliseconds, unless the name
// says otherwise.
//
//     {"at":..,"name":..,"version":..,"pid":..,"generation":..,"phase":..,"ready":..,"listeners":[..],
//      "generations":[{"generation":..,"pid":..,"phase":..,"self":..,"age_ms":..,"in_phase_ms":..,
//                      "connections":{"fresh":..,"active":..,"idle":..,"upgraded":..,"open":..} | null,
//                      "draining":..,"cut_in_ms":null | ..}],                        the oldest first
//      "upgrade":{"state":..,"child":null | pid},"last_failure":null | {"reason":..,"lines":[..]},
//      "connections":{..},"requests":{"total":..,"per_second":..,"classes":{"2xx":..,..}},
//      "bytes":{"in":..,"out":..,"in_per_second":..,"out_per_second":..},
//      "latency":{"window_s":..,"count":..,"p50_us":..,"p90_us":..,"p99_us":..,"buckets":[[upper_us | null,count],..]},
//      "rates":[..],                          requests of each of the last seconds, the newest last
//      "workers":[{"open":..,"requests":..}],"process":{"resident":..,"descriptors":..,"descriptor_limit":..,"cpu_ms":..},
//      "history":[{"kind":"upgrade" | "reload","at":..,"by":..,"result":..,"reason":..,...}]}      the newest last
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "server/control_service.hpp"
#include "server/metrics_totals.hpp"
#include "server/reload_history.hpp"
#include "server/traffic_window.hpp"
#include "upgrade/handover_message.hpp"

namespace baton {

struct status_report {
  process_status process;
  bool ready = false;
  std::vector<history_entry> upgrades;
  std::vector<reload_entry> reloads;
  /// Another generation that is there and tells of itself.
  std::optional<upgrade::progress_message> other;

  struct worker {
    std::size_t open = 0;
    std::uint64_t requests = 0;
  };
  std::vector<worker> workers;
};

[[nodiscard]] std::string to_json(const status_report& report, const traffic_window& traffic,
                                  std::chrono::system_clock::time_point clock);

}  // namespace baton
