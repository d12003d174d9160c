// Decides what becomes of an upgrade: whether a request is accepted, when the new process is started,
// killed or believed. It knows no process, no socket and no clock; upgrade/upgrader.hpp obeys it.
// One process runs one upgrade at a time, and none while its own predecessor still lives: three
// generations at once would make "who holds the listeners" a riddle.
//
//     state         event             next          action
//     not_serving   serving           idle          -              (succeeding, if there is a predecessor)
//     succeeding    predecessor_gone  idle          -
//     idle          requested         preparing     start_preparation
//     preparing     prepared          checking      start_check
//     preparing     vetoed            idle          report_failure
//     preparing     drain_begun       closed        cancel_preparation
//     checking      check_passed      starting      start_new
//     checking      check_failed      idle          report_failure
//     checking      spawn_failed      idle          report_failure
//     checking      timed_out         killing       kill_child
//     checking      drain_begun       closing       kill_child
//     starting      ready             handed_over   hand_over
//     starting      spawn_failed      idle          report_failure
//     starting      child_exited      idle          report_failure
//     starting      child_failed      killing       kill_child
//     starting      channel_closed    killing       kill_child
//     starting      timed_out         killing       kill_child
//     starting      drain_begun       closing       kill_child
//     killing       child_exited      idle          report_failure
//     killing       drain_begun       closing       -
//     closing       child_exited      closed        report_failure
//     handed_over   child_exited      closed        report_loss
//     not_serving, succeeding, idle   drain_begun   closed, no action
//
// `requested` in every state but idle is refused. Every other pair is ignored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace baton::fsm {

enum class upgrade_state : std::uint8_t {
  not_serving,  ///< this process is still starting
  succeeding,   ///< it serves, but its predecessor has not gone yet
  idle,         ///< ready for a request
  preparing,    ///< hooks and checks of the new binary run
  checking,     ///< the new binary checks its configuration
  starting,     ///< the new process runs and is not ready
  killing,      ///< it has failed and is being killed; then idle
  closing,      ///< it is being killed because this process ends
  handed_over,  ///< the new process serves; this one drains
  closed        ///< this process ends, without an upgrade running
};
[[nodiscard]] std::string_view to_string(upgrade_state state) noexcept;

enum class upgrade_event : std::uint8_t {
  serving,           ///< this process accepts connections
  predecessor_gone,  ///< the channel to it is at its end
  requested,         ///< text: who asks
  prepared,          ///< the preparation has succeeded
  vetoed,            ///< it has not; text: why
  check_passed,      ///< the checking process has ended well and is reaped
  check_failed,      ///< it has ended badly and is reaped; text: how
  spawn_failed,      ///< there is no process; text: why
  ready,             ///< the new process says that it accepts
  child_failed,      ///< it says that it cannot; text: why
  channel_closed,    ///< its end of the channel is closed
  child_exited,      ///< it has ended and is reaped; text: how
  timed_out,         ///< it has had its time
  drain_begun        ///< this process begins to end, by a signal or because it has handed over
};
[[nodiscard]] std::string_view to_string(upgrade_event event) noexcept;

enum class upgrade_action : std::uint8_t {
  none,
  start_preparation,   ///< then `prepared` or `vetoed`
  cancel_preparation,  ///< neither follows
  start_check,         ///< run the new binary with --check-config, start the time-out
  start_new,           ///< start the new process, start the time-out anew
  kill_child,          ///< SIGKILL; child_exited follows
  hand_over,           ///< tell the server to drain, stop the time-out
  report_failure,      ///< text: the reason; the time-out is stopped
  report_loss,         ///< the new process has ended after it was ready; text: how
  refuse               ///< text: the reason, for whoever asked
};
[[nodiscard]] std::string_view to_string(upgrade_action action) noexcept;

struct upgrade_step {
  upgrade_action action = upgrade_action::none;
  std::string text{};
};

enum class predecessor : std::uint8_t { none, alive };

class upgrade_fsm {
 public:
  explicit upgrade_fsm(predecessor before) noexcept : predecessor_{before} {}

  /// Takes one event and says what is to be done now.
  [[nodiscard]] upgrade_step on(upgrade_event event, std::string_view text = {});

  [[nodiscard]] upgrade_state state() const noexcept { return state_; }

 private:
  upgrade_step serving_begins();
  upgrade_step predecessor_went();
  upgrade_step request();
  upgrade_step drain();
  upgrade_step while_preparing(upgrade_event event, std::string_view text);
  upgrade_step while_checking(upgrade_event event, std::string_view text);
  upgrade_step while_starting(upgrade_event event, std::string_view text);
  upgrade_step child_ended(std::string_view how);
  upgrade_step fail(std::string reason);
  upgrade_step kill(upgrade_state next, std::string reason);

  predecessor predecessor_;
  upgrade_state state_ = upgrade_state::not_serving;
  std::string reason_;  // why the child is being killed
};

}  // namespace baton::fsm
