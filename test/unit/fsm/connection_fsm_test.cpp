// Every event in every phase, from one table: what is not listed changes nothing and asks for nothing.
#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "unit/fsm/connection_in.hpp"

namespace baton::fsm {
namespace {

using phase = connection_phase;
using action = connection_action;
using event = std::function<action(connection_fsm&)>;

constexpr std::array all_phases{phase::handshake, phase::fresh,     phase::head,       phase::body,
                                phase::handling,  phase::answering, phase::discarding, phase::idle,
                                phase::lingering, phase::upgraded,  phase::closed};

const std::map<std::string, event> events{
    {"secured",
     [](connection_fsm& m) {
       m.secured();
       return action::none;
     }},
    {"handshake_failed", [](connection_fsm& m) { return m.handshake_failed(); }},
    {"probed empty, with a farewell", [](connection_fsm& m) { return m.probed(false, true); }},
    {"bytes", [](connection_fsm& m) { return m.bytes_received(); }},
    {"end_of_file", [](connection_fsm& m) { return m.end_of_file(); }},
    {"deadline", [](connection_fsm& m) { return m.deadline_passed(); }},
    {"refused", [](connection_fsm& m) { return m.refused(); }},
    {"body_complete", [](connection_fsm& m) { return m.body_complete(); }},
    {"flushed", [](connection_fsm& m) { return m.flushed(false); }},
    {"flushed quietly", [](connection_fsm& m) { return m.flushed(true); }},
    {"probed empty", [](connection_fsm& m) { return m.probed(false); }},
    {"probed bytes", [](connection_fsm& m) { return m.probed(true); }},
    {"end_of_tunnel", [](connection_fsm& m) { return m.end_of_tunnel(); }},
    {"abort", [](connection_fsm& m) { return m.abort(); }},
    {"drain", [](connection_fsm& m) { return m.drain(drain_manner::close_idle, false); }},
    {"drain settled", [](connection_fsm& m) { return m.drain(drain_manner::close_idle, true); }},
    {"drain lingering", [](connection_fsm& m) { return m.drain(drain_manner::linger_idle, true); }},
};

using outcome = std::pair<phase, action>;

const std::map<std::pair<phase, std::string>, outcome> listed{
    {{phase::handshake, "secured"}, {phase::fresh, action::none}},
    {{phase::handshake, "handshake_failed"}, {phase::lingering, action::linger}},
    {{phase::handshake, "end_of_file"}, {phase::closed, action::close}},
    {{phase::handshake, "deadline"}, {phase::closed, action::close}},
    {{phase::fresh, "probed empty, with a farewell"}, {phase::lingering, action::linger}},
    {{phase::idle, "probed empty, with a farewell"}, {phase::lingering, action::linger}},
    {{phase::fresh, "bytes"}, {phase::head, action::parse}},
    {{phase::fresh, "end_of_file"}, {phase::closed, action::close}},
    {{phase::fresh, "deadline"}, {phase::closed, action::close}},
    {{phase::fresh, "refused"}, {phase::answering, action::answer}},
    {{phase::fresh, "probed empty"}, {phase::closed, action::close}},
    {{phase::fresh, "drain settled"}, {phase::fresh, action::probe}},
    {{phase::idle, "bytes"}, {phase::head, action::parse}},
    {{phase::idle, "end_of_file"}, {phase::closed, action::close}},
    {{phase::idle, "deadline"}, {phase::idle, action::probe}},
    {{phase::idle, "refused"}, {phase::answering, action::answer}},
    {{phase::idle, "probed empty"}, {phase::closed, action::close}},
    {{phase::idle, "drain settled"}, {phase::idle, action::probe}},
    {{phase::head, "refused"}, {phase::answering, action::answer}},
    {{phase::head, "end_of_file"}, {phase::closed, action::close}},
    {{phase::head, "deadline"}, {phase::answering, action::answer}},
    {{phase::body, "body_complete"}, {phase::handling, action::dispatch}},
    {{phase::body, "refused"}, {phase::answering, action::answer}},
    {{phase::body, "end_of_file"}, {phase::answering, action::answer}},
    {{phase::body, "deadline"}, {phase::answering, action::answer}},
    {{phase::handling, "deadline"}, {phase::closed, action::close}},
    {{phase::answering, "flushed"}, {phase::idle, action::resume}},
    {{phase::answering, "flushed quietly"}, {phase::idle, action::resume}},
    {{phase::answering, "deadline"}, {phase::closed, action::close}},
    {{phase::discarding, "body_complete"}, {phase::idle, action::resume}},
    {{phase::discarding, "refused"}, {phase::lingering, action::linger}},
    {{phase::discarding, "deadline"}, {phase::lingering, action::linger}},
    {{phase::discarding, "end_of_file"}, {phase::closed, action::close}},
    {{phase::lingering, "end_of_file"}, {phase::closed, action::close}},
    {{phase::lingering, "deadline"}, {phase::closed, action::close}},
    {{phase::upgraded, "deadline"}, {phase::closed, action::close}},
    {{phase::upgraded, "end_of_tunnel"}, {phase::lingering, action::linger}},
};

outcome expected(phase from, const std::string& name) {
  if (name == "abort") {
    return {phase::closed, from == phase::closed ? action::none : action::close};
  }
  const auto found = listed.find({from, name});
  return found == listed.end() ? outcome{from, action::none} : found->second;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_fsm_table)

BOOST_AUTO_TEST_CASE(every_phase_can_be_reached) {
  for (const phase each : all_phases) BOOST_TEST(in(each).phase() == each);
}

BOOST_AUTO_TEST_CASE(every_event_in_every_phase_does_what_the_table_says) {
  for (const phase from : all_phases) {
    for (const auto& [name, happen] : events) {
      BOOST_TEST_CONTEXT(to_string(from) << ", " << name) {
        connection_fsm machine = in(from);
        const action asked = happen(machine);
        const auto [next, wanted] = expected(from, name);
        BOOST_TEST(asked == wanted);
        BOOST_TEST(machine.phase() == next);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_opens_a_closed_connection_again) {
  for (const auto& [name, happen] : events) {
    BOOST_TEST_CONTEXT(name) {
      connection_fsm machine = in(phase::closed);
      BOOST_TEST(happen(machine) == action::none);
      machine.answered(false, false);
      machine.answered_upgrade();
      BOOST_TEST(!machine.pipelined());
      BOOST_TEST(machine.closed());
    }
  }
}

BOOST_AUTO_TEST_CASE(states_are_those_of_the_registry) {
  const std::map<phase, connection_state> special{{phase::handshake, connection_state::fresh},
                                                  {phase::fresh, connection_state::fresh},
                                                  {phase::idle, connection_state::idle},
                                                  {phase::upgraded, connection_state::upgraded},
                                                  {phase::closed, connection_state::closed}};
  for (const phase each : all_phases) {
    BOOST_TEST_CONTEXT(to_string(each)) {
      const auto found = special.find(each);
      const connection_state wanted = found == special.end() ? connection_state::active : found->second;
      BOOST_TEST((in(each).state() == wanted));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_phase_runs_under_its_own_deadline) {
  using deadline = connection_deadline;
  const std::map<phase, deadline> wanted{
      {phase::handshake, deadline::handshake}, {phase::fresh, deadline::head},
      {phase::head, deadline::head},           {phase::body, deadline::body},
      {phase::handling, deadline::none},       {phase::answering, deadline::write},
      {phase::idle, deadline::idle},           {phase::discarding, deadline::body},
      {phase::upgraded, deadline::none},       {phase::closed, deadline::none},
      {phase::lingering, deadline::linger},
  };
  for (const phase each : all_phases) {
    BOOST_TEST_CONTEXT(to_string(each)) {
      BOOST_TEST((in(each).deadline() == wanted.at(each)));
    }
  }
}

BOOST_AUTO_TEST_CASE(phases_have_names_of_their_own) {
  std::map<std::string_view, int> seen;
  for (const phase each : all_phases) ++seen[to_string(each)];
  BOOST_TEST(seen.size() == all_phases.size());
  BOOST_TEST(seen.count("?") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::fsm
