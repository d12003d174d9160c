#include "server/history.hpp"
#include "server/upgrade_journal.hpp"

#include <boost/test/unit_test.hpp>

using namespace baton;

BOOST_AUTO_TEST_SUITE(history_suite)

BOOST_AUTO_TEST_CASE(the_oldest_entries_go_when_there_are_too_many) {
  history past;
  for (unsigned i = 1; i <= history::most + 10; ++i) {
    history_entry one;
    one.from = i;
    past.add(one);
  }
  BOOST_TEST(past.entries().size() == history::most);
  BOOST_TEST(past.entries().front().from == 11U);
  BOOST_TEST(past.entries().back().from == history::most + 10);
}

BOOST_AUTO_TEST_CASE(an_upgrade_that_fails_is_told_to_who_waits_and_entered) {
  upgrade_journal journal{7};
  journal.asked("somebody");
  journal.begun(8);
  std::vector<operation_result> told;
  journal.await_end([&](const operation_result& how) { told.push_back(how); });
  BOOST_TEST(told.empty());
  journal.failed("no good", {"last words"});
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_REQUIRE(told[0].failure.has_value());
  BOOST_TEST(told[0].failure->reason == "no good");
  BOOST_TEST(told[0].failure->lines.at(0) == "last words");
  BOOST_REQUIRE(journal.past().entries().size() == 1U);
  const auto& entry = journal.past().entries()[0];
  BOOST_TEST(entry.from == 7U);
  BOOST_TEST(entry.to == 8U);
  BOOST_TEST(entry.by == "somebody");
  BOOST_TEST((entry.result == history_result::failed));
  BOOST_TEST(entry.reason == "no good");
}

BOOST_AUTO_TEST_CASE(who_comes_after_the_end_is_told_at_once) {
  upgrade_journal journal{1};
  journal.asked("somebody");
  journal.begun(2);
  journal.failed("at once", {});
  bool told = false;
  journal.await_end([&](const operation_result& how) { told = how.failure && how.failure->reason == "at once"; });
  BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(an_upgrade_that_succeeds_and_is_taken_back_is_two_entries) {
  upgrade_journal journal{1};
  journal.begun(2);
  operation_result told;
  journal.await_end([&](const operation_result& how) { told = how; });
  journal.succeeded(4711);
  BOOST_TEST(!told.failure.has_value());
  BOOST_TEST(told.pid == 4711);
  BOOST_TEST(told.generation == 2U);
  journal.taken_back("it crashed", 12);
  const auto& entries = journal.past().entries();
  BOOST_REQUIRE(entries.size() == 2U);
  BOOST_TEST((entries[0].result == history_result::ready));
  BOOST_TEST(entries[1].moved == 12U);
  BOOST_TEST((entries[1].result == history_result::taken_back));
  BOOST_TEST(entries[1].reason == "it crashed");
}

BOOST_AUTO_TEST_CASE(who_asks_while_an_upgrade_runs_does_not_take_it_over) {
  upgrade_journal journal{1};
  journal.asked("first");
  journal.begun(2);
  journal.asked("second");
  BOOST_TEST(journal.by() == "first");
}

BOOST_AUTO_TEST_CASE(the_next_generation_knows_the_upgrade_that_made_it) {
  upgrade_journal old{1};
  old.asked("first");
  old.begun(2);
  old.failed("no good", {});
  old.asked("second");
  old.begun(2);
  upgrade_journal next{2};
  next.restore(old.saved());
  next.serving();
  next.serving();
  const auto& entries = next.past().entries();
  BOOST_REQUIRE(entries.size() == 2U);
  BOOST_TEST((entries[0].result == history_result::failed));
  BOOST_TEST((entries[1].result == history_result::ready));
  BOOST_TEST(entries[1].by == "second");
  BOOST_TEST(entries[1].to == 2U);
  BOOST_TEST(entries[1].duration.count() >= 0);
}

BOOST_AUTO_TEST_CASE(a_first_generation_has_no_history) {
  upgrade_journal first{1};
  first.restore(first.saved());
  first.serving();
  BOOST_TEST(first.past().entries().empty());
}

BOOST_AUTO_TEST_SUITE_END()
