// Every event in every phase of a drain.
#include <array>
#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include "fsm/drain_fsm.hpp"

namespace baton::fsm {

static std::ostream& operator<<(std::ostream& out, drain_phase phase) {
  return out << to_string(phase);
}

namespace {

using phase = drain_phase;

constexpr std::array all_phases{phase::serving, phase::draining, phase::drained, phase::closed};
constexpr drain_actions nothing{};
constexpr drain_actions report_only{.report = true};

drain_fsm in(phase wanted) {
  drain_fsm machine;
  if (wanted == phase::draining || wanted == phase::drained) machine.begin();
  if (wanted == phase::drained) machine.empty();
  if (wanted == phase::closed) machine.close();
  return machine;
}

struct row {
  phase from;
  std::string event;
  phase to;
  drain_actions actions;
};

const std::map<std::string, std::function<drain_actions(drain_fsm&)>> events{
    {"begin", [](drain_fsm& m) { return m.begin(); }},
    {"empty", [](drain_fsm& m) { return m.empty(); }},
    {"deadline", [](drain_fsm& m) { return m.deadline_passed(); }},
    {"close", [](drain_fsm& m) { return m.close(); }},
    {"resume", [](drain_fsm& m) { return m.resume(); }},
};

const std::array table{
    row{phase::serving,
        "begin",
        phase::draining,
        {.release_acceptors = true, .drain_connections = true, .tell_hooks = true}},
    row{phase::serving, "empty", phase::serving, nothing},
    row{phase::serving, "deadline", phase::serving, nothing},
    row{phase::serving, "close", phase::closed, {.release_acceptors = true, .close_connections = true}},
    row{phase::draining, "begin", phase::draining, nothing},
    row{phase::draining, "empty", phase::drained, report_only},
    row{phase::draining, "deadline", phase::draining, report_only},
    row{phase::draining, "close", phase::closed, {.close_connections = true}},
    row{phase::drained, "begin", phase::drained, nothing},
    row{phase::drained, "empty", phase::drained, nothing},
    row{phase::drained, "deadline", phase::drained, nothing},
    row{phase::drained, "close", phase::closed, nothing},
    row{phase::closed, "begin", phase::closed, nothing},
    row{phase::closed, "empty", phase::closed, nothing},
    row{phase::closed, "deadline", phase::closed, nothing},
    row{phase::closed, "close", phase::closed, nothing},
    row{phase::serving, "resume", phase::serving, nothing},
    row{phase::draining, "resume", phase::serving, {.resume = true}},
    row{phase::drained, "resume", phase::serving, {.resume = true}},
    row{phase::closed, "resume", phase::closed, nothing},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(drain_fsm_table)

BOOST_AUTO_TEST_CASE(every_event_in_every_phase_does_what_the_table_says) {
  BOOST_TEST_REQUIRE(table.size() == all_phases.size() * events.size());
  for (const row& each : table) {
    BOOST_TEST_CONTEXT(to_string(each.from) << ", " << each.event) {
      drain_fsm machine = in(each.from);
      BOOST_TEST(machine.phase() == each.from);
      BOOST_TEST((events.at(each.event)(machine) == each.actions));
      BOOST_TEST(machine.phase() == each.to);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_passed_deadline_leaves_the_drain_to_be_waited_for_again) {
  drain_fsm machine = in(phase::draining);
  BOOST_TEST(machine.deadline_passed().report);
  BOOST_TEST((machine.begin() == nothing));
  BOOST_TEST(machine.empty().report);
  BOOST_TEST(machine.phase() == phase::drained);
}

BOOST_AUTO_TEST_CASE(listeners_are_released_once_whatever_comes_in_which_order) {
  drain_fsm machine;
  int released = 0;
  for (const auto& happen : {events.at("begin"), events.at("close"), events.at("begin"), events.at("close")}) {
    if (happen(machine).release_acceptors) ++released;
  }
  BOOST_TEST(released == 1);
}

BOOST_AUTO_TEST_CASE(phases_have_names_of_their_own) {
  std::set<std::string_view> names;
  for (const phase each : all_phases) names.insert(to_string(each));
  BOOST_TEST(names.size() == all_phases.size());
  BOOST_TEST(names.count("?") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::fsm
