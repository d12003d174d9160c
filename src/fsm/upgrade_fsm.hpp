// The binary upgrade, decided without processes, sockets or clocks. Its shell (upgrade/upgrader.hpp)
// turns the actions into effects and their outcomes into events.
//
// A process is at most in one upgrade, and in none while its predecessor still has connections: three
// generations at once would make "who holds the listeners" a riddle. A predecessor that merely guards
// is asked to leave.
//
//     state         event                next          action
//     not_serving   serving              idle          -          (succeeding, if there is a predecessor)
//     succeeding    predecessor_drained  guarded       -
//     succeeding    predecessor_gone     idle          -
//     guarded       requested            dismissing    dismiss_predecessor
//     guarded       predecessor_gone     idle          -
//     dismissing    predecessor_gone     preparing     start_preparation
//     dismissing    timed_out            guarded       report_failure
//     idle          requested            preparing     start_preparation
//     preparing     prepared             checking      start_check
//     preparing     vetoed               idle          report_failure
//     preparing     drain_begun          closed        cancel_preparation
//     checking      check_passed         starting      start_new
//     checking      check_failed         idle          report_failure
//     checking      spawn_failed         idle          report_failure
//     checking      timed_out            killing       kill_child
//     checking      drain_begun          closing       kill_child
//     starting      ready                handed_over   hand_over
//     starting      spawn_failed         idle          report_failure
//     starting      child_exited         idle          report_failure
//     starting      child_failed         killing       kill_child
//     starting      channel_closed       killing       kill_child
//     starting      timed_out            killing       kill_child
//     starting      drain_begun          closing       kill_child
//     killing       child_exited         idle          report_failure
//     killing       drain_begun          closing       -
//     closing       child_exited         closed        report_failure
//     handed_over   child_exited         idle          take_back
//     handed_over   child_failed         retiring      take_back  (it lives, and drains now)
//     handed_over   roll_back            retiring      take_back
//     handed_over   channel_closed       losing        kill_child
//     handed_over   timed_out            losing        kill_child
//     handed_over   child_stopping       succeeded     finish     (it ends on purpose, after us)
//     handed_over   finished             succeeded     -
//     losing        child_exited         idle          take_back
//     retiring      child_exited         idle          -
//     retiring      timed_out            retiring      kill_child
//     retiring      drain_begun          closed        -
//     not_serving, succeeding, guarded, dismissing, idle   drain_begun   closed, no action
//
// `requested` in every state but idle and guarded is refused. Every other pair is ignored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace baton::fsm {

enum class upgrade_state : std::uint8_t {
  not_serving,  ///< this process is still starting
  succeeding,   ///< it serves, but its predecessor still has connections
  guarded,      ///< its predecessor has none left, and stays in case this one fails
  dismissing,   ///< an upgrade was asked for: the predecessor is leaving
  idle,         ///< ready for a request
  preparing,    ///< hooks and checks of the new binary run
  checking,     ///< the new binary checks its configuration
  starting,     ///< the new process runs and is not ready
  killing,      ///< it has failed and is being killed; then idle
  closing,      ///< it is being killed because this process ends
  handed_over,  ///< the new process serves; this one drains, then guards
  losing,       ///< the new process has failed after it was ready, and is being killed
  retiring,     ///< this process serves again; the one that was new drains
  succeeded,    ///< this process ends, and the new one will not be taken back any more
  closed        ///< this process ends, without an upgrade running
};
[[nodiscard]] std::string_view to_string(upgrade_state state) noexcept;

enum class upgrade_event : std::uint8_t {
  serving,              ///< this process accepts connections
  predecessor_drained,  ///< it has no connections left
  predecessor_gone,     ///< the channel to it is at its end
  requested,            ///< text: who asks
  prepared,             ///< the preparation has succeeded
  vetoed,               ///< it has not; text: why
  check_passed,         ///< the checking process has ended well and is reaped
  check_failed,         ///< it has ended badly and is reaped; text: how
  spawn_failed,         ///< there is no process; text: why
  ready,                ///< the new process says that it accepts
  child_failed,         ///< it says that it cannot, or not any more; text: why
  child_stopping,       ///< it says that it ends because it was told to
  roll_back,            ///< it passes on that this process is wanted back; text: who asks
  channel_closed,       ///< its end of the channel is closed
  child_exited,         ///< it has ended and is reaped; text: how
  timed_out,            ///< it has had its time, or has been silent for too long
  finished,             ///< the guard is over
  drain_begun           ///< this process begins to end, by a signal or because it has handed over
};
[[nodiscard]] std::string_view to_string(upgrade_event event) noexcept;

enum class upgrade_action : std::uint8_t {
  none,
  dismiss_predecessor,  ///< ask it to leave, start a time-out
  start_preparation,    ///< then `prepared` or `vetoed`
  cancel_preparation,   ///< neither follows
  start_check,          ///< run the new binary with --check-config, start the time-out
  start_new,            ///< start the new process, start the time-out anew
  kill_child,           ///< SIGKILL; child_exited follows
  hand_over,            ///< tell the server to drain, watch that the child stays alive
  take_back,            ///< tell the server to serve again; text: why
  finish,               ///< tell the server that there is nothing to guard any more
  report_failure,       ///< text: the reason; the time-out is stopped
  refuse                ///< text: the reason, for whoever asked
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
  upgrade_step while_handed_over(upgrade_event event, std::string_view text);
  upgrade_step child_ended(std::string_view how);
  upgrade_step fail(std::string reason);
  upgrade_step kill(upgrade_state next, std::string reason);
  upgrade_step take_back(upgrade_state next, std::string reason);

  predecessor predecessor_;
  upgrade_state state_ = upgrade_state::not_serving;
  std::string reason_;  // why the child is being killed
};

}  // namespace baton::fsm
