#include "config/suggestion.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace baton::config;

namespace {

const std::vector<std::string_view> known{"listen", "log", "limits.head", "limits.body", "timeouts.head", "unix.mode"};

}  // namespace

BOOST_AUTO_TEST_SUITE(suggestion_suite)

BOOST_AUTO_TEST_CASE(a_swap_of_neighbours_is_one_edit) {
  BOOST_TEST(edit_distance("haed", "head") == 1U);
  BOOST_TEST(edit_distance("head", "head") == 0U);
  BOOST_TEST(edit_distance("hed", "head") == 1U);
  BOOST_TEST(edit_distance("heads", "head") == 1U);
  BOOST_TEST(edit_distance("", "head") == 4U);
  BOOST_TEST(edit_distance("load", "head") == 2U);
}

BOOST_AUTO_TEST_CASE(the_nearest_known_name_is_suggested) {
  BOOST_TEST(suggestion("limits.haed", known) == "limits.head");
  BOOST_TEST(suggestion("limit.body", known) == "limits.body");
  BOOST_TEST(suggestion("timeouts-head", known) == "timeouts.head");
  BOOST_TEST(suggestion("lisen", known) == "listen");
}

BOOST_AUTO_TEST_CASE(a_name_in_the_wrong_group_is_suggested_if_there_is_only_one) {
  BOOST_TEST(suggestion("mode", known) == "unix.mode");
  BOOST_TEST(suggestion("blocking.listen", known) == "listen");
  BOOST_TEST(suggestion("head", known) == "");  // of limits or of timeouts?
}

BOOST_AUTO_TEST_CASE(what_resembles_nothing_has_no_suggestion) {
  BOOST_TEST(suggestion("colour", known) == "");
  BOOST_TEST(suggestion("", known) == "");
  BOOST_TEST(suggestion("x", known) == "");
}

BOOST_AUTO_TEST_CASE(a_very_long_name_is_not_compared) {
  BOOST_TEST(suggestion(std::string(100'000, 'x') + ".mode", known) == "");
}

BOOST_AUTO_TEST_SUITE_END()
