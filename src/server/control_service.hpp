// What the control socket can tell and do: filled by lifecycle, used by control_session. Functions
// rather than an interface class, so that what a build or a phase does not have stays empty, and tests
// fill in what they need. All of it happens on the control thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <baton/application.hpp>

#include "fsm/upgrade_fsm.hpp"
#include "server/history.hpp"
#include "session/connection_summary.hpp"

namespace baton {

struct drain_progress {
  std::size_t left = 0;  ///< connections
  std::chrono::system_clock::time_point since;
  /// When what is left is closed by force; nullopt: never.
  std::optional<std::chrono::system_clock::time_point> deadline;
};

struct failure_report {
  std::string reason;
  std::vector<std::string> lines;  ///< what the new process wrote last to its standard error
};

struct process_status {
  std::string name;
  std::string version;
  pid_t pid = 0;
  unsigned generation = 1;
  phase now = phase::starting;
  std::chrono::system_clock::time_point since;  ///< of the phase
  std::chrono::system_clock::time_point started;
  std::vector<std::string> listeners;
  std::string control;
  session::connection_counts connections;
  std::optional<drain_progress> drain;
  fsm::upgrade_state upgrade = fsm::upgrade_state::idle;
  pid_t child = 0;               ///< 0: none
  unsigned next_generation = 2;  ///< that the upgrade which runs, or the next one, leads to
  std::optional<failure_report> last_failure;
};

struct connection_list {
  std::vector<session::connection_summary> connections;
  std::size_t total = 0;  ///< open ones, listed or not
  bool partial = false;   ///< a worker did not answer in time
};

/// How an operation has ended.
struct operation_result {
  std::optional<failure_report> failure;  ///< nullopt: well
  // Of what serves now, where that has changed; else zero.
  pid_t pid = 0;
  unsigned generation = 0;
  std::chrono::milliseconds duration{0};
  std::vector<std::string> messages;  ///< what there is to be said, if it went well
};
using operation_callback = std::function<void(const operation_result&)>;

/// An empty function is answered "not available". `by` says who asks, for logs and the history.
struct control_service {
  std::function<process_status()> status;
  /// Returns why it is refused, or nullopt; `done` is called once then, perhaps at once.
  std::function<std::optional<std::string>(const std::string& by, operation_callback done)> upgrade;
  /// Over when it returns.
  std::function<operation_result(const std::string& by)> reload;
  std::function<std::optional<std::string>(const std::string& by, operation_callback done)> rollback;
  std::function<void(const std::string& by)> drain;
  /// Does not return.
  std::function<void(const std::string& by)> stop;
  /// `done` is called once, within a second or so.
  std::function<void(std::size_t limit, std::function<void(const connection_list&)> done)> connections;
  std::function<std::vector<history_entry>()> past;
};

}  // namespace baton
