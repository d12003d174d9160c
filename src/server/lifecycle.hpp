// A process from `starting` to `stopped`: what signals do in which phase, when an upgrade begins, when
// a drain ends by force, and when this process serves again because the next one is lost. Everything happens on the
// control thread, the one that called `run`; the workers are told by server_core.
//
// Every phase is entered after what it says is true: `serving` once signals are taken, connections are
// accepted, the pid file is written and the predecessor knows.
//
// The start does everything that can fail first; then it says READY, and only then it accepts. So the
// predecessor never has to kill a process that has connections, and until then nothing that the
// predecessor owns (pid file, paths) has been touched. The listening sockets are shared: what connects
// in between waits in their queues. `serving` is announced when the predecessor has let go of them, so
// that every connection made after the announcement is this process's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <baton/application.hpp>
#include <baton/options.hpp>

#include "os/process_image.hpp"
#include "server/admin_service.hpp"
#include "server/connection_mover.hpp"
#include "server/control_server.hpp"
#include "server/file_watch.hpp"
#include "server/hooks.hpp"
#include "server/plugin_set.hpp"
#include "server/predecessor_link.hpp"
#include "server/readiness.hpp"
#include "server/reload_history.hpp"
#include "server/reloader.hpp"
#include "server/server_core.hpp"
#include "server/service_reporter.hpp"
#include "server/serving_first.hpp"
#include "server/signal_watch.hpp"
#include "server/upgrade_journal.hpp"
#include "server/watchdog.hpp"
#include "server/way_back.hpp"
#include "upgrade/counter_link.hpp"
#include "upgrade/parent_channel.hpp"
#include "upgrade/state_sender.hpp"
#include "upgrade/upgrader.hpp"

namespace baton {

class lifecycle {
 public:
  /// `name`: of the program, for its line on standard output. `healthy`: see application::on_health_check.
  lifecycle(const options& settings, std::string name, server_core& core, readiness& ready, os::process_image image,
            upgrade::inheritance inherited, upgrade::state_registry& states, reloader& reload, const hooks& called,
            const metric_sources& metrics);

  /// What is watched from the moment this process serves to that in which it is to end; instead of what was
  /// watched before.
  void watch(std::vector<watch_target> targets, std::chrono::milliseconds delay);

  ~lifecycle() { way_back_->close(); }

  /// The program's version, for the status. Before `run`.
  void version(std::string text) { version_ = std::move(text); }

  /// Starts, serves, drains. Returns the exit status. Throws what binding or the start hook throws,
  /// before anything was accepted; the predecessor has been told then.
  [[nodiscard]] int run(const std::function<void()>& on_start);

  /// Opens the log file anew and, unless this process hands over or ends, puts the configuration of now in
  /// force; see reloader::reload. On the control thread.
  reload_outcome reload(std::string_view by);

  /// The set serves the plugins that the settings name, from the start on and after each reload. Before `run`.
  void attach(plugin_set& plugins);
  /// Called in `run` once the listeners are open, and before there are workers; what it throws ends the start.
  void on_opened(std::function<void()> confine) { confine_ = std::move(confine); }
  /// Loads anew the plugins whose files have changed, all or none; refused when `reload` would be. On the
  /// control thread.
  reload_outcome reload_plugins(std::string_view by);

  /// Gives the service back to the previous generation, while that is there still (`upgrade.guard`): it serves
  /// again, and this one drains. The reason where that cannot be. On the control thread.
  [[nodiscard]] std::optional<std::string> roll_back(std::string_view by);

 private:
  void start(const std::function<void()>& on_start);
  void restore_state();
  void tell_parent(std::vector<std::string> unwanted);
  void take_from_parent(upgrade::incoming_message incoming);
  void await_release();
  void announce();
  void say_serving() const;
  void enter(phase next, std::string_view why);
  void on_signal(const os::received_signal& signal);
  std::optional<std::string> ask_upgrade(const std::string& by, operation_callback done);
  bool on_change(const watch_target& target);
  void on_upgrade_failed(const std::string& reason, const std::vector<std::string>& last_lines);
  void on_upgrade_ready(pid_t child, const upgrade::ready_message& ready);
  [[nodiscard]] fsm::drain_manner manner_of(const upgrade::ready_message& ready);
  void take_from_child(upgrade::incoming_message incoming);
  void take_from_other(upgrade::incoming_message& incoming, upgrade::handover_channel& channel);
  void take_back(std::string_view why);
  void start_watchdog();
  void stop(const std::string& why);
  void drop_listeners(const std::vector<std::string>& unwanted);
  void restore_listeners();
  void drain(std::string_view why);
  void drain_back();
  void begin_drain();
  void on_drain_timeout();
  void drained();
  void guard();
  void await_end_of_guard(std::chrono::milliseconds time);
  void report_progress();
  void finish();
  void exit_at_once(std::string_view why);
  void remove_pid_file() const noexcept;
  upgrade::upgrade_callbacks callbacks();

  // lifecycle_control.cpp
  void hand_over_history();
  void open_control();
  void pass_control_on();
  void give_control_back();
  void take_control_back(std::string_view why);
  void restore_control();
  std::optional<std::string> ask_rollback(const std::string& by, operation_callback done);
  void close_control();
  [[nodiscard]] control_service service();
  [[nodiscard]] operation_result reload_for_control(const std::string& by);
  [[nodiscard]] process_status status() const;
  [[nodiscard]] drain_progress drain_state() const;

  // lifecycle_admin.cpp
  void open_admin();
  void noted(std::string_view by, const reload_outcome& outcome);
  void tell_progress();
  void take_progress(const upgrade::progress_message& told);
  [[nodiscard]] bool wants_clients() const noexcept;
  [[nodiscard]] status_report report();
  [[nodiscard]] std::vector<upgrade::offered_listener> offers() const;

  const options& settings_;
  const std::string name_;
  server_core& core_;
  readiness& ready_;
  reloader& reloader_;
  const unsigned generation_;
  const hooks& hooks_;
  boost::asio::io_context io_{1};
  service_reporter service_{io_, generation_};
  serving_first serving_first_{io_};
  std::optional<watchdog> watchdog_;
  std::optional<file_watch> watch_;
  boost::asio::steady_timer timer_{io_};
  boost::asio::steady_timer progress_{io_};
  boost::asio::steady_timer delay_{io_};
  phase phase_ = phase::starting;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::chrono::system_clock::time_point phase_since_ = started_;
  int status_ = 0;
  int terminations_ = 0;                                // TERM, INT and QUIT so far
  fsm::drain_manner manner_ = fsm::drain_manner::none;  // of a drain for another process; none: there is no other
  upgrade::inherited_listeners inherited_;
  connection_mover mover_;
  predecessor_link parent_;
  upgrade::state_registry& states_;
  upgrade::state_sender state_sender_;
  upgrade::counter_link counters_;
  upgrade::upgrader upgrader_;
  std::unique_ptr<signal_watch> signals_;
  plugin_set* plugins_ = nullptr;
  std::optional<plugin_attachment> plugins_attached_;
  std::function<void()> confine_;
  std::string version_;
  // Shared with the thread that saves it for the next generation.
  std::shared_ptr<upgrade_journal> journal_ = std::make_shared<upgrade_journal>(generation_);
  std::shared_ptr<way_back> way_back_ = std::make_shared<way_back>(io_);  // shared with workers that may answer late
  metrics_totals& totals_;
  std::shared_ptr<reload_history> reloads_ = std::make_shared<reload_history>();  // shared as the journal is
  boost::asio::steady_timer telling_{io_};
  std::optional<upgrade::progress_message> other_;  // what another generation has told last
  std::chrono::steady_clock::time_point other_told_;
  bool passed_on_ = false;  // another process has the control socket
  std::vector<operation_callback> awaiting_rollback_;
  control_server control_{io_, service()};
  admin_service admin_;
};

}  // namespace baton
