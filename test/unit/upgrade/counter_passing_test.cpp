#include "upgrade/counter_passing.hpp"

#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::upgrade {

std::ostream& operator<<(std::ostream& out, const counter_value& value) {
  return out << value.name << '=' << value.value;
}

namespace {

using values = std::vector<counter_value>;

BOOST_AUTO_TEST_SUITE(counters)

BOOST_AUTO_TEST_CASE(adding_tells_the_new_value) {
  carried_counter counter;
  BOOST_TEST(counter.value() == 0U);
  BOOST_TEST(counter.add() == 1U);
  BOOST_TEST(counter.add(41) == 42U);
  BOOST_TEST(counter.value() == 42U);
}

BOOST_AUTO_TEST_CASE(a_successor_gets_all_values_and_then_the_differences) {
  counter_passing passing;
  carried_counter& a = passing.add("a");
  carried_counter& b = passing.add("b");
  static_cast<void>(passing.add("never used"));
  a.add(3);
  BOOST_TEST(passing.values() == (values{{"a", 3}}), boost::test_tools::per_element());
  BOOST_TEST(passing.unsent().empty());
  a.add(2);
  b.add(1);
  BOOST_TEST(passing.unsent() == (values{{"a", 2}, {"b", 1}}), boost::test_tools::per_element());
  BOOST_TEST(passing.unsent().empty());
}

BOOST_AUTO_TEST_CASE(what_came_is_added_and_not_sent_back) {
  counter_passing passing;
  carried_counter& a = passing.add("a");
  a.add(1);
  static_cast<void>(passing.values());
  a.add(10);
  passing.merge({{"a", 100}});
  BOOST_TEST(a.value() == 111U);
  BOOST_TEST(passing.unsent() == (values{{"a", 10}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(increments_on_both_sides_are_exact_on_both_in_the_end) {
  counter_passing before;
  counter_passing after;
  carried_counter& old_one = before.add("a");
  carried_counter& new_one = after.add("a");
  old_one.add(1000);
  after.merge(before.values());
  for (std::uint64_t i = 1; i <= 50; ++i) {
    old_one.add(i);
    new_one.add(2 * i);
    if (i % 3 == 0) after.merge(before.unsent());
    if (i % 7 == 0) before.merge(after.unsent());
  }
  after.merge(before.unsent());
  before.merge(after.unsent());
  BOOST_TEST(new_one.value() == 1000U + 3 * 1275U);
  BOOST_TEST(old_one.value() == new_one.value());
}

BOOST_AUTO_TEST_CASE(a_successor_that_was_lost_costs_nothing) {
  counter_passing before;
  carried_counter& counter = before.add("a");
  counter.add(5);
  static_cast<void>(before.values());
  counter.add(5);
  static_cast<void>(before.unsent());
  BOOST_TEST(before.values() == (values{{"a", 10}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(counting_by_many_threads_loses_nothing_on_the_way) {
  counter_passing before;
  counter_passing after;
  carried_counter& from = before.add("a");
  const carried_counter& to = after.add("a");
  constexpr std::uint64_t each = 50'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&from] {
      for (std::uint64_t n = 0; n < each; ++n) from.add();
    });
  }
  after.merge(before.values());
  for (int i = 0; i < 100; ++i) after.merge(before.unsent());
  for (auto& thread : threads) thread.join();
  after.merge(before.unsent());
  BOOST_TEST(to.value() == 3 * each);
}

BOOST_AUTO_TEST_CASE(a_counter_that_this_build_does_not_have_is_skipped) {
  counter_passing passing;
  const carried_counter& known = passing.add("known");
  for (int i = 0; i < 2; ++i) passing.merge({{"gone", 7}, {"known", 1}});
  BOOST_TEST(known.value() == 2U);
  BOOST_TEST(passing.values() == (values{{"known", 2}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(references_stay_valid_when_more_counters_are_added) {
  counter_passing passing;
  carried_counter& first = passing.add("first");
  for (int i = 0; i < 1000; ++i) static_cast<void>(passing.add("counter " + std::to_string(i)));
  first.add(1);
  BOOST_TEST(passing.values() == (values{{"first", 1}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_is_taken_once_and_printable) {
  counter_passing passing;
  static_cast<void>(passing.add("a"));
  BOOST_CHECK_THROW(static_cast<void>(passing.add("a")), std::invalid_argument);
  BOOST_CHECK_THROW(static_cast<void>(passing.add("")), std::invalid_argument);
  BOOST_CHECK_THROW(static_cast<void>(passing.add("a\n")), std::invalid_argument);
  BOOST_CHECK_THROW(static_cast<void>(passing.add("\xc3\xa4")), std::invalid_argument);
  BOOST_CHECK_THROW(static_cast<void>(passing.add(std::string(129, 'x'))), std::invalid_argument);
  static_cast<void>(passing.add(std::string(128, 'x')));
}

BOOST_AUTO_TEST_CASE(there_is_a_most_of_them) {
  counter_passing passing;
  for (std::size_t i = 0; i < max_carried_counters; ++i) static_cast<void>(passing.add(std::to_string(i)));
  BOOST_CHECK_THROW(static_cast<void>(passing.add("one more")), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
