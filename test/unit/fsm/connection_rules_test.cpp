// The rules about keep-alive, drains, pipelining and the ends of requests, each by its name.
#include <boost/test/unit_test.hpp>

#include "unit/fsm/connection_in.hpp"

namespace baton::fsm {
namespace {

using phase = connection_phase;
using action = connection_action;

// Serves one request on a connection that waits for one, answered with what the machine decides.
bool serve_one(connection_fsm& machine, const answer_facts& facts) {
  machine.bytes_received();
  machine.head_complete(false);
  const bool closes = machine.answer_closes(facts);
  machine.answered(closes, false);
  machine.flushed(false);
  return closes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_fsm_rules)

BOOST_AUTO_TEST_CASE(an_ordinary_answer_keeps_the_connection) {
  connection_fsm machine = in(phase::handling);
  BOOST_TEST(!machine.answer_closes({}));
}

BOOST_AUTO_TEST_CASE(an_answer_closes_when_client_or_handler_want_it) {
  connection_fsm machine = in(phase::handling);
  BOOST_TEST(machine.answer_closes({.client_keeps_alive = false}));
  BOOST_TEST(machine.answer_closes({.handler_closes = true}));
}

BOOST_AUTO_TEST_CASE(an_unread_body_closes_only_if_it_cannot_be_dropped) {
  connection_fsm machine = in(phase::handling);
  BOOST_TEST(!machine.answer_closes({.body_unread = true}));
  BOOST_TEST(machine.answer_closes({.body_unread = true, .body_discardable = false}));
  BOOST_TEST(!machine.answer_closes({.body_unread = false, .body_discardable = false}));
}

BOOST_AUTO_TEST_CASE(the_last_request_within_the_limit_closes) {
  connection_fsm machine{3};
  BOOST_TEST(!serve_one(machine, {}));
  BOOST_TEST(!serve_one(machine, {}));
  BOOST_TEST(serve_one(machine, {}));
  BOOST_TEST(machine.requests() == 3U);
  BOOST_TEST(machine.phase() == phase::lingering);
}

BOOST_AUTO_TEST_CASE(without_a_limit_no_number_of_requests_closes) {
  connection_fsm machine{0};
  for (int i = 0; i < 10'000; ++i) BOOST_REQUIRE(!serve_one(machine, {}));
}

BOOST_AUTO_TEST_CASE(in_a_drain_the_answer_to_the_last_request_here_closes) {
  connection_fsm machine = in(phase::handling);
  BOOST_TEST(machine.drain(drain_manner::close_idle, false) == action::none);
  BOOST_TEST(machine.draining());
  BOOST_TEST(!machine.answer_closes({.more_input = true}));
  BOOST_TEST(machine.answer_closes({}));
}

BOOST_AUTO_TEST_CASE(in_a_drain_a_client_that_pipelines_without_end_is_cut_off) {
  connection_fsm machine = in(phase::handling);
  machine.drain(drain_manner::close_idle, false);
  for (unsigned i = 0; i < connection_fsm::drain_pipeline_limit; ++i) {
    BOOST_REQUIRE(!machine.answer_closes({.more_input = true}));
  }
  BOOST_TEST(machine.answer_closes({.more_input = true}));
}

BOOST_AUTO_TEST_CASE(outside_a_drain_pipelining_has_no_end) {
  connection_fsm machine = in(phase::handling);
  for (unsigned i = 0; i < 2 * connection_fsm::drain_pipeline_limit; ++i) {
    BOOST_REQUIRE(!machine.answer_closes({.more_input = true}));
  }
  machine.drain(drain_manner::close_idle, false);
  BOOST_TEST(!machine.answer_closes({.more_input = true}));
}

BOOST_AUTO_TEST_CASE(a_pipelined_request_goes_on_before_the_answer_has_left) {
  connection_fsm machine = in(phase::answering);
  BOOST_TEST(machine.pipelined());
  BOOST_TEST(machine.phase() == phase::head);
  BOOST_TEST(machine.head_complete(false) == action::dispatch);
  BOOST_TEST(machine.requests() == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_is_pipelined_behind_an_answer_that_must_leave_first) {
  connection_fsm closing = answering(true, false);
  BOOST_TEST(!closing.pipelined());
  connection_fsm unread = answering(false, true);
  BOOST_TEST(!unread.pipelined());
  connection_fsm upgrading = in(phase::handling);
  upgrading.answered_upgrade();
  BOOST_TEST(!upgrading.pipelined());
  for (connection_fsm* each : {&closing, &unread, &upgrading}) BOOST_TEST(each->phase() == phase::answering);
}

BOOST_AUTO_TEST_CASE(a_collected_body_comes_before_the_handler) {
  connection_fsm machine = in(phase::head);
  BOOST_TEST(machine.head_complete(true) == action::collect);
  BOOST_TEST(machine.phase() == phase::body);
  BOOST_TEST(machine.body_complete() == action::dispatch);
}

BOOST_AUTO_TEST_CASE(late_heads_and_bodies_are_refused_with_408) {
  for (const phase from : {phase::head, phase::body}) {
    connection_fsm machine = in(from);
    BOOST_TEST(machine.deadline_passed() == action::answer);
    BOOST_TEST(machine.refusal() == 408U);
    BOOST_TEST(machine.closing());
  }
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_is_refused_with_400) {
  connection_fsm machine = in(phase::body);
  BOOST_TEST(machine.end_of_file() == action::answer);
  BOOST_TEST(machine.refusal() == 400U);
  BOOST_TEST(machine.closing());
}

BOOST_AUTO_TEST_CASE(a_refusal_by_the_parser_carries_no_status_of_its_own_and_closes) {
  connection_fsm machine = in(phase::head);
  BOOST_TEST(machine.refused() == action::answer);
  BOOST_TEST(machine.refusal() == 0U);
  BOOST_TEST(machine.flushed(false) == action::linger);
}

BOOST_AUTO_TEST_CASE(a_closing_answer_lingers_unless_nothing_can_be_lost) {
  connection_fsm careful = answering(true, false);
  BOOST_TEST(careful.flushed(false) == action::linger);
  BOOST_TEST(careful.phase() == phase::lingering);
  connection_fsm quiet = answering(true, false);
  BOOST_TEST(quiet.flushed(true) == action::close);
  BOOST_TEST(quiet.closed());
}

BOOST_AUTO_TEST_CASE(an_unread_body_is_discarded_and_the_connection_kept) {
  connection_fsm machine = answering(false, true);
  BOOST_TEST(machine.flushed(false) == action::discard);
  BOOST_TEST(machine.phase() == phase::discarding);
  BOOST_TEST(machine.body_complete() == action::resume);
  BOOST_TEST(!serve_one(machine, {}));
}

BOOST_AUTO_TEST_CASE(an_upgrade_hands_over_once_its_answer_has_left) {
  connection_fsm machine = in(phase::handling);
  machine.answered_upgrade();
  BOOST_TEST((machine.state() == connection_state::active));
  BOOST_TEST(machine.flushed(true) == action::tunnel);
  BOOST_TEST((machine.state() == connection_state::upgraded));
  BOOST_TEST(machine.end_of_tunnel() == action::linger);
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_disturb_what_is_under_way) {
  for (const phase from : {phase::head, phase::body, phase::handling, phase::answering, phase::discarding,
                           phase::lingering, phase::upgraded}) {
    for (const drain_manner manner : {drain_manner::close_idle, drain_manner::linger_idle}) {
      connection_fsm machine = in(from);
      BOOST_TEST(machine.drain(manner, true) == action::none);
      BOOST_TEST(machine.phase() == from);
      BOOST_TEST((machine.manner() == manner));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_drain_gives_a_young_connection_its_time_to_speak) {
  connection_fsm machine;
  BOOST_TEST(machine.drain(drain_manner::close_idle, false) == action::none);
  BOOST_TEST(machine.deadline_passed() == action::probe);
  BOOST_TEST(machine.probed(true) == action::none);
  BOOST_TEST(machine.phase() == phase::fresh);
  BOOST_TEST(machine.bytes_received() == action::parse);
}

BOOST_AUTO_TEST_CASE(a_drain_closes_an_idle_connection_unless_bytes_are_waiting) {
  connection_fsm machine = in(phase::idle);
  BOOST_TEST(machine.drain(drain_manner::close_idle, true) == action::probe);
  BOOST_TEST(machine.probed(true) == action::none);
  BOOST_TEST(machine.phase() == phase::idle);
  BOOST_TEST(serve_one(machine, {}));
}

BOOST_AUTO_TEST_CASE(with_linger_an_idle_connection_is_served_once_more) {
  connection_fsm machine = in(phase::idle);
  BOOST_TEST(machine.drain(drain_manner::linger_idle, false) == action::none);
  BOOST_TEST(serve_one(machine, {}));
}

BOOST_AUTO_TEST_CASE(with_linger_an_idle_connection_ends_at_its_deadline) {
  connection_fsm machine = in(phase::idle);
  machine.drain(drain_manner::linger_idle, false);
  BOOST_TEST(machine.deadline_passed() == action::probe);
  BOOST_TEST(machine.probed(false) == action::close);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_answered_just_now_is_left_until_its_deadline) {
  connection_fsm machine = in(phase::idle);
  BOOST_TEST(machine.drain(drain_manner::close_idle, false) == action::none);
  BOOST_TEST(machine.deadline_passed() == action::probe);
  BOOST_TEST(machine.probed(false) == action::close);
}

BOOST_AUTO_TEST_CASE(becoming_idle_in_a_drain_ends_at_the_deadline) {
  connection_fsm machine = in(phase::answering);
  machine.drain(drain_manner::close_idle, false);
  BOOST_TEST(machine.flushed(false) == action::resume);
  BOOST_TEST(machine.deadline_passed() == action::probe);
  BOOST_TEST(machine.probed(false) == action::close);
}

BOOST_AUTO_TEST_CASE(with_transfer_what_waits_for_bytes_departs) {
  for (const phase from : {phase::fresh, phase::idle, phase::head}) {
    for (const bool settled : {false, true}) {
      connection_fsm machine = in(from);
      BOOST_TEST(machine.drain(drain_manner::transfer_idle, settled) == action::depart);
      BOOST_TEST(machine.departing());
      BOOST_TEST(machine.phase() == from);
    }
  }
}

BOOST_AUTO_TEST_CASE(with_transfer_what_is_under_way_goes_on_and_departs_once_it_waits) {
  for (const phase from :
       {phase::body, phase::handling, phase::answering, phase::discarding, phase::lingering, phase::upgraded}) {
    connection_fsm machine = in(from);
    BOOST_TEST(machine.drain(drain_manner::transfer_idle, true) == action::none);
    BOOST_TEST(!machine.departing());
  }
  connection_fsm machine = in(phase::answering);
  machine.drain(drain_manner::transfer_idle, false);
  BOOST_TEST(machine.flushed(false) == action::resume);
  BOOST_TEST(machine.departing());
}

BOOST_AUTO_TEST_CASE(with_transfer_no_answer_says_close_for_it) {
  connection_fsm machine = handling();
  machine.drain(drain_manner::transfer_idle, false);
  BOOST_TEST(!machine.answer_closes({}));
  answer_facts asked;
  asked.client_keeps_alive = false;
  BOOST_TEST(machine.answer_closes(asked));
}

BOOST_AUTO_TEST_CASE(one_that_cannot_move_is_served_once_more) {
  connection_fsm machine = in(phase::idle);
  machine.drain(drain_manner::transfer_idle, false);
  machine.stay();
  BOOST_TEST(!machine.departing());
  BOOST_TEST(machine.draining());
  BOOST_TEST(serve_one(machine, {}));
}

BOOST_AUTO_TEST_CASE(a_drain_that_is_called_off_leaves_no_trace) {
  for (const drain_manner manner : {drain_manner::close_idle, drain_manner::linger_idle, drain_manner::transfer_idle}) {
    connection_fsm machine = handling();
    machine.drain(manner, false);
    machine.undrain();
    BOOST_TEST(!machine.draining());
    BOOST_TEST(!machine.answer_closes({}));
  }
}

BOOST_AUTO_TEST_CASE(one_that_has_moved_goes_on_where_it_was) {
  connection_fsm machine = connection_fsm::moved(phase::idle, 41, 42);
  BOOST_TEST(machine.phase() == phase::idle);
  BOOST_TEST(machine.requests() == 41U);
  BOOST_TEST(machine.bytes_received() == action::parse);
  machine.head_complete(false);
  BOOST_TEST(machine.answer_closes({}));  // the limit counts what was before
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::fsm
