// What the control socket sends, one JSON object a line. This is the protocol that scripts may rely on:
// members are added, never renamed or given another meaning. Times are UTC as in RFC 3339 with
// milliseconds, durations are numbers of milliseconds whose names end in `_ms`. Texts are valid UTF-8
// whatever a new process has written.
//
// Requests:  {"command":"status","follow":true}      follow, wait and limit may be left out
//            {"command":"upgrade","wait":true}       also rollback
//            {"command":"connections","limit":50}
//            {"command":"history"}                   also reload, drain, stop
// Refusal:   {"ok":false,"error":"...","lines":["..."]}      lines: of the new process, where there are any
// status:    {"ok":true,"name":..,"version":..,"pid":..,"generation":..,"phase":..,"since":..,"started":..,
//             "uptime_ms":..,"listeners":[..],"control":..,
//             "connections":{"fresh":..,"active":..,"idle":..,"upgraded":..,"open":..},
//             "drain":null | {"left":..,"since":..,"elapsed_ms":..,"left_ms":null | until the deadline},
//             "upgrade":{"state":..,"child":null | pid},
//             "last_failure":null | {"reason":..,"lines":[..]}}
//            with follow again and again: at each change of phase, and twice a second
// upgrade:   {"ok":true,"accepted":true,"generation":..}; with wait any number of
//            {"progress":"checking","child":pid} and at last {"ok":true,"pid":..,"generation":..,"duration_ms":..}
// reload:    {"ok":true,"duration_ms":..,"messages":["what has changed"]}; a refusal has a line for each mistake
// connections: {"ok":true,"total":..,"partial":..,"connections":[{"id":..,"peer":..,"local":..,"state":..,
//             "age_ms":..,"requests":..}]}
// history:   {"ok":true,"history":[{"at":..,"from":..,"to":..,"by":..,"result":..,"duration_ms":..,
//             "reason":..,"moved":..}]}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/control_service.hpp"

namespace baton::control_json {

[[nodiscard]] std::string refusal(std::string_view error, const std::vector<std::string>& lines = {});
/// `{"ok":true}`
[[nodiscard]] std::string done();
/// An operation has begun. `generation`: which it leads to; 0: it leads to none.
[[nodiscard]] std::string accepted(unsigned generation);
[[nodiscard]] std::string progress(fsm::upgrade_state state, pid_t child);
[[nodiscard]] std::string result(const operation_result& ended);
[[nodiscard]] std::string status(const process_status& now, std::chrono::system_clock::time_point clock);
[[nodiscard]] std::string connections(const connection_list& list);
[[nodiscard]] std::string past(const std::vector<history_entry>& entries);
/// What `past` has written, perhaps in another build: entries that cannot be read are left out.
[[nodiscard]] std::vector<history_entry> parse_past(std::string_view text);

/// `2026-01-31T23:59:59.123Z`
[[nodiscard]] std::string format_time(std::chrono::system_clock::time_point time);
/// The epoch for anything else.
[[nodiscard]] std::chrono::system_clock::time_point parse_time(const std::string& text);

}  // namespace baton::control_json
