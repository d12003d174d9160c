// Which listeners stay, come and go when `listen` changes.
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "server/listeners.hpp"
#include "support/temporary_directory.hpp"

namespace baton {
namespace {

// What each wanted one is served by: a number, or `new`.
std::vector<std::string> kept(const listener_plan& plan) {
  std::vector<std::string> all;
  for (const auto& each : plan.wanted) all.push_back(each.kept ? std::to_string(*each.kept) : "new");
  return all;
}

const std::vector<served_listener> served{
    {"127.0.0.1:0", "127.0.0.1:43121"},
    {"localhost:8080", "127.0.0.1:8080"},
    {":8081", "[::]:8081"},
    {"unix:/run/a", "unix:/run/a"},
};

void check(const std::vector<std::string>& wanted, const std::vector<std::string>& by,
           const std::vector<std::size_t>& removed) {
  const listener_plan plan = plan_listeners(served, wanted);
  BOOST_TEST(kept(plan) == by, boost::test_tools::per_element());
  BOOST_TEST(plan.removed == removed, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listener_plans)

BOOST_AUTO_TEST_CASE(the_same_texts_stay_in_any_order) {
  check({"unix:/run/a", ":8081", "127.0.0.1:0", "localhost:8080"}, {"3", "2", "0", "1"}, {});
}

BOOST_AUTO_TEST_CASE(what_is_wanted_no_more_goes_and_what_is_new_is_bound) {
  check({"127.0.0.1:0", "unix:/run/b", "localhost:8080"}, {"0", "new", "1"}, {2, 3});
}

BOOST_AUTO_TEST_CASE(another_text_for_the_same_address_keeps_the_listener) {
  check({"127.0.0.1:8080", "[::]:8081", "127.0.0.1:43121", "unix:/run/a"}, {"1", "2", "0", "3"}, {});
}

BOOST_AUTO_TEST_CASE(a_text_that_stays_is_stronger_than_an_address_that_matches) {
  check({"127.0.0.1:43121", "127.0.0.1:0"}, {"new", "0"}, {1, 2, 3});
}

BOOST_AUTO_TEST_CASE(port_zero_is_known_by_its_text_alone) {
  check({"localhost:0"}, {"new"}, {0, 1, 2, 3});
}

BOOST_AUTO_TEST_CASE(what_was_bound_is_undone_unless_it_is_taken) {
  const test::temporary_directory directory;
  const listener_plan plan = plan_listeners({}, {"unix:" + directory / "a", "127.0.0.1:0"});
  {
    const bound_listeners bound{plan, options{}};
    BOOST_TEST(std::filesystem::exists(directory / "a"));
  }
  BOOST_TEST(!std::filesystem::exists(directory / "a"));
  std::vector<net::listener> taken;
  {
    bound_listeners bound{plan, options{}};
    taken = bound.take();
  }
  BOOST_TEST(taken.size() == 2U);
  BOOST_TEST(std::filesystem::exists(directory / "a"));
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_bound_undoes_those_before_it) {
  const test::temporary_directory directory;
  const listener_plan plan = plan_listeners({}, {"unix:" + directory / "a", "unix:" + directory / "missing/b"});
  BOOST_CHECK_THROW((bound_listeners{plan, options{}}), std::system_error);
  BOOST_TEST(!std::filesystem::exists(directory / "a"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
