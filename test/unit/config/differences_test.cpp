// What two outcomes of the same parser differ in.
#include <boost/test/unit_test.hpp>

#include "config/differences.hpp"

using namespace baton::config;

namespace {

outcome outcome_of(const std::string& text) {
  parser subject{[text](const std::string&) { return file_content{text, {}}; }};
  subject.add_option("token", "", "none");
  const char* const arguments[] = {"server", "--config", "conf"};
  return subject.parse(3, arguments);
}

std::vector<std::string> texts(const std::string& before, const std::string& after) {
  std::vector<std::string> all;
  for (const difference& each : differences(outcome_of(before), outcome_of(after))) all.push_back(each.text);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(differences_suite)

BOOST_AUTO_TEST_CASE(the_same_values_in_other_words_are_no_difference) {
  BOOST_TEST(texts("[limits]\nbody = 1m\n", "[limits]\nbody = 1024k\n").empty());
}

BOOST_AUTO_TEST_CASE(each_option_that_changed_is_told_with_both_values) {
  const std::vector<std::string> told =
      texts("listen = :80\n", "listen = :80\nlisten = :81\npid_file = /run/a\n[timeouts]\nidle = 1s\n");
  const std::vector<std::string> expected{"listen: :80 -> :80, :81", "pid_file: (empty) -> /run/a",
                                          "timeouts.idle: 75s -> 1s"};
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_text_of_an_own_option_which_may_be_a_secret_is_not_told) {
  const std::vector<std::string> told = texts("token = old\n", "token = new\n");
  const std::vector<std::string> expected{"token: another text"};
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
