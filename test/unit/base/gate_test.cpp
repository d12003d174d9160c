#include "base/gate.hpp"

#include <memory>

#include <boost/test/unit_test.hpp>

using baton::gate;

BOOST_AUTO_TEST_SUITE(gate_suite)

BOOST_AUTO_TEST_CASE(closing_an_empty_gate_completes_at_once) {
  gate g;
  int calls = 0;
  g.close([&] { ++calls; });
  BOOST_TEST(calls == 1);
  BOOST_TEST(g.closed());
}

BOOST_AUTO_TEST_CASE(closing_completes_when_the_last_one_leaves) {
  gate g;
  int calls = 0;
  g.enter();
  g.enter();
  g.close([&] { ++calls; });
  BOOST_TEST(calls == 0);
  g.leave();
  BOOST_TEST(calls == 0);
  BOOST_TEST(g.count() == 1U);
  g.leave();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(becoming_empty_before_it_is_closed_completes_nothing) {
  gate g;
  g.enter();
  g.leave();
  BOOST_TEST(!g.closed());
  int calls = 0;
  g.enter();
  g.close([&] { ++calls; });
  BOOST_TEST(calls == 0);
  g.leave();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(one_that_enters_a_closed_gate_is_waited_for) {
  gate g;
  int calls = 0;
  g.enter();
  g.close([&] { ++calls; });
  g.enter();
  g.leave();
  BOOST_TEST(calls == 0);
  g.leave();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_callback_runs_once_although_others_come_and_go_after_it) {
  gate g;
  int calls = 0;
  g.close([&] { ++calls; });
  g.enter();
  g.leave();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_callback_may_enter_again) {
  gate g;
  int calls = 0;
  g.enter();
  g.close([&] {
    ++calls;
    g.enter();
  });
  g.leave();
  BOOST_TEST(g.count() == 1U);
  g.leave();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_callback_may_destroy_the_gate) {
  auto g = std::make_unique<gate>();
  g->enter();
  g->close([&] { g.reset(); });
  g->leave();
  BOOST_TEST(!g);
}

BOOST_AUTO_TEST_CASE(a_gate_that_is_reopened_forgets_its_callback_and_can_be_closed_again) {
  gate g;
  int first = 0;
  int second = 0;
  g.enter();
  g.close([&] { ++first; });
  g.reopen();
  BOOST_TEST(!g.closed());
  g.leave();
  BOOST_TEST(first == 0);
  g.close([&] { ++second; });
  BOOST_TEST(first == 0);
  BOOST_TEST(second == 1);
}

BOOST_AUTO_TEST_SUITE_END()
