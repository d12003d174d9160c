#include "fsm/upgrade_fsm.hpp"

#include <array>
#include <map>
#include <ostream>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::fsm {

std::ostream& operator<<(std::ostream& out, upgrade_state s) {
  return out << to_string(s);
}
std::ostream& operator<<(std::ostream& out, upgrade_event e) {
  return out << to_string(e);
}
std::ostream& operator<<(std::ostream& out, upgrade_action a) {
  return out << to_string(a);
}

namespace {

using state = upgrade_state;
using event = upgrade_event;
using action = upgrade_action;

constexpr std::array all_states{state::not_serving, state::succeeding, state::guarded,     state::dismissing,
                                state::idle,        state::preparing,  state::checking,    state::starting,
                                state::killing,     state::closing,    state::handed_over, state::losing,
                                state::retiring,    state::succeeded,  state::closed};
constexpr std::array all_events{event::serving,          event::predecessor_drained,
                                event::predecessor_gone, event::requested,
                                event::prepared,         event::vetoed,
                                event::check_passed,     event::check_failed,
                                event::spawn_failed,     event::ready,
                                event::child_failed,     event::child_stopping,
                                event::roll_back,        event::channel_closed,
                                event::child_exited,     event::timed_out,
                                event::finished,         event::drain_begun};

const std::vector<event> to_handed_over{event::serving, event::requested, event::prepared, event::check_passed,
                                        event::ready};
std::vector<event> then(std::vector<event> way, event last) {
  way.push_back(last);
  return way;
}

// The shortest way from the start to a state.
upgrade_fsm in(state wanted) {
  static const std::map<state, std::vector<event>> ways{
      {state::not_serving, {}},
      {state::succeeding, {event::serving}},
      {state::guarded, {event::serving, event::predecessor_drained}},
      {state::dismissing, {event::serving, event::predecessor_drained, event::requested}},
      {state::idle, {event::serving}},
      {state::preparing, {event::serving, event::requested}},
      {state::checking, {event::serving, event::requested, event::prepared}},
      {state::starting, {event::serving, event::requested, event::prepared, event::check_passed}},
      {state::killing, {event::serving, event::requested, event::prepared, event::check_passed, event::timed_out}},
      {state::closing, {event::serving, event::requested, event::prepared, event::check_passed, event::drain_begun}},
      {state::handed_over, to_handed_over},
      {state::losing, then(to_handed_over, event::timed_out)},
      {state::retiring, then(to_handed_over, event::roll_back)},
      {state::succeeded, then(to_handed_over, event::finished)},
      {state::closed, {event::serving, event::drain_begun}}};
  const bool succeeds = wanted == state::succeeding || wanted == state::guarded || wanted == state::dismissing;
  upgrade_fsm machine{succeeds ? predecessor::alive : predecessor::none};
  for (const event e : ways.at(wanted)) static_cast<void>(machine.on(e));
  BOOST_TEST_REQUIRE(machine.state() == wanted);
  return machine;
}

struct outcome {
  state next;
  action what;
};

// The table of the header, without the refusals.
const std::map<std::pair<state, event>, outcome> transitions{
    {{state::not_serving, event::serving}, {state::idle, action::none}},
    {{state::succeeding, event::predecessor_drained}, {state::guarded, action::none}},
    {{state::succeeding, event::predecessor_gone}, {state::idle, action::none}},
    {{state::guarded, event::requested}, {state::dismissing, action::dismiss_predecessor}},
    {{state::guarded, event::predecessor_gone}, {state::idle, action::none}},
    {{state::dismissing, event::predecessor_gone}, {state::preparing, action::start_preparation}},
    {{state::dismissing, event::timed_out}, {state::guarded, action::report_failure}},
    {{state::idle, event::requested}, {state::preparing, action::start_preparation}},
    {{state::preparing, event::prepared}, {state::checking, action::start_check}},
    {{state::preparing, event::vetoed}, {state::idle, action::report_failure}},
    {{state::preparing, event::drain_begun}, {state::closed, action::cancel_preparation}},
    {{state::checking, event::check_passed}, {state::starting, action::start_new}},
    {{state::checking, event::check_failed}, {state::idle, action::report_failure}},
    {{state::checking, event::spawn_failed}, {state::idle, action::report_failure}},
    {{state::checking, event::timed_out}, {state::killing, action::kill_child}},
    {{state::checking, event::drain_begun}, {state::closing, action::kill_child}},
    {{state::starting, event::ready}, {state::handed_over, action::hand_over}},
    {{state::starting, event::spawn_failed}, {state::idle, action::report_failure}},
    {{state::starting, event::child_exited}, {state::idle, action::report_failure}},
    {{state::starting, event::child_failed}, {state::killing, action::kill_child}},
    {{state::starting, event::channel_closed}, {state::killing, action::kill_child}},
    {{state::starting, event::timed_out}, {state::killing, action::kill_child}},
    {{state::starting, event::drain_begun}, {state::closing, action::kill_child}},
    {{state::killing, event::child_exited}, {state::idle, action::report_failure}},
    {{state::killing, event::drain_begun}, {state::closing, action::none}},
    {{state::closing, event::child_exited}, {state::closed, action::report_failure}},
    {{state::handed_over, event::child_exited}, {state::idle, action::take_back}},
    {{state::handed_over, event::child_failed}, {state::retiring, action::take_back}},
    {{state::handed_over, event::roll_back}, {state::retiring, action::take_back}},
    {{state::handed_over, event::channel_closed}, {state::losing, action::kill_child}},
    {{state::handed_over, event::timed_out}, {state::losing, action::kill_child}},
    {{state::handed_over, event::child_stopping}, {state::succeeded, action::finish}},
    {{state::handed_over, event::finished}, {state::succeeded, action::none}},
    {{state::losing, event::child_exited}, {state::idle, action::take_back}},
    {{state::retiring, event::child_exited}, {state::idle, action::none}},
    {{state::retiring, event::timed_out}, {state::retiring, action::kill_child}},
    {{state::retiring, event::drain_begun}, {state::closed, action::none}},
    {{state::guarded, event::drain_begun}, {state::closed, action::none}},
    {{state::dismissing, event::drain_begun}, {state::closed, action::none}},
    {{state::not_serving, event::drain_begun}, {state::closed, action::none}},
    {{state::succeeding, event::drain_begun}, {state::closed, action::none}},
    {{state::idle, event::drain_begun}, {state::closed, action::none}},
};

outcome expected(state from, event e) {
  if (const auto found = transitions.find({from, e}); found != transitions.end()) return found->second;
  if (e == event::requested) return {from, action::refuse};
  return {from, action::none};
}

BOOST_AUTO_TEST_SUITE(upgrade_machine)

BOOST_AUTO_TEST_CASE(every_event_in_every_state_does_what_the_table_says) {
  for (const state from : all_states) {
    for (const event e : all_events) {
      BOOST_TEST_CONTEXT(from << " on " << e) {
        upgrade_fsm machine = in(from);
        const auto step = machine.on(e, "text");
        const auto [next, what] = expected(from, e);
        BOOST_TEST(machine.state() == next);
        BOOST_TEST(step.action == what);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_process_with_a_predecessor_serves_as_successor_first) {
  upgrade_fsm machine{predecessor::alive};
  static_cast<void>(machine.on(event::serving));
  BOOST_TEST(machine.state() == state::succeeding);
}

BOOST_AUTO_TEST_CASE(a_predecessor_that_goes_before_serving_begins_is_not_waited_for) {
  upgrade_fsm machine{predecessor::alive};
  static_cast<void>(machine.on(event::predecessor_gone));
  BOOST_TEST(machine.state() == state::not_serving);
  static_cast<void>(machine.on(event::serving));
  BOOST_TEST(machine.state() == state::idle);
}

BOOST_AUTO_TEST_CASE(refusals_say_why) {
  const std::map<state, std::string> reasons{{state::not_serving, "this process does not serve yet"},
                                             {state::succeeding, "the previous generation has not ended yet"},
                                             {state::dismissing, "an upgrade is running already"},
                                             {state::preparing, "an upgrade is running already"},
                                             {state::checking, "an upgrade is running already"},
                                             {state::starting, "an upgrade is running already"},
                                             {state::killing, "an upgrade is running already"},
                                             {state::handed_over, "this process has handed over already"},
                                             {state::losing, "this process has handed over already"},
                                             {state::succeeded, "this process has handed over already"},
                                             {state::retiring, "the generation that was taken back has not ended yet"},
                                             {state::closing, "this process is draining"},
                                             {state::closed, "this process is draining"}};
  for (const auto& [from, reason] : reasons) {
    BOOST_TEST_CONTEXT(from) {
      BOOST_TEST(in(from).on(event::requested).text == reason);
    }
  }
}

BOOST_AUTO_TEST_CASE(failures_carry_the_reason_for_the_kill_and_the_end) {
  upgrade_fsm machine = in(state::starting);
  static_cast<void>(machine.on(event::child_failed, "cannot bind"));
  BOOST_TEST(machine.on(event::child_exited, "exited with status 1").text ==
             "the new process says: cannot bind; it exited with status 1");
}

BOOST_AUTO_TEST_CASE(the_first_reason_for_a_kill_is_the_one_reported) {
  upgrade_fsm machine = in(state::starting);
  static_cast<void>(machine.on(event::timed_out));
  static_cast<void>(machine.on(event::channel_closed));
  BOOST_TEST(machine.on(event::child_exited, "was killed by SIGKILL").text ==
             "the new process was not ready in time; it was killed by SIGKILL");
}

BOOST_AUTO_TEST_CASE(other_failures_name_the_step) {
  BOOST_TEST(in(state::checking).on(event::check_failed, "exited with status 2").text ==
             "the new binary refuses its configuration: it exited with status 2");
  BOOST_TEST(in(state::checking).on(event::spawn_failed, "execve x: no such file").text == "execve x: no such file");
  BOOST_TEST(in(state::starting).on(event::child_exited, "exited with status 0").text ==
             "the new process exited with status 0 before it was ready");
  BOOST_TEST(in(state::closing).on(event::child_exited, "was killed by SIGKILL").text ==
             "this process is ending; the new one was killed by SIGKILL");
  BOOST_TEST(in(state::handed_over).on(event::child_exited, "was killed by SIGSEGV").text ==
             "the new process was killed by SIGSEGV after it was ready");
}

BOOST_AUTO_TEST_CASE(a_failed_upgrade_can_be_tried_again) {
  upgrade_fsm machine = in(state::killing);
  static_cast<void>(machine.on(event::child_exited, "was killed by SIGKILL"));
  BOOST_TEST(machine.on(event::requested).action == action::start_preparation);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::fsm
