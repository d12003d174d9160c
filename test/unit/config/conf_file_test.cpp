#include "config/conf_file.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace baton::config;

namespace {

/// `line:name=value` of every setting, blank-separated.
std::string flat(std::string_view text) {
  std::string out;
  for (const auto& s : split_conf_file(text, "f").settings) {
    out += (out.empty() ? "" : " ") + std::to_string(s.where.line) + ":" + s.name + "=" + s.value;
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conf_file_suite)

BOOST_AUTO_TEST_CASE(settings_carry_their_group_and_line) {
  BOOST_TEST(flat("a = 1\n\n[g]\nb = 2\nc=3\n[h]\nd =4") == "1:a=1 4:g.b=2 5:g.c=3 7:h.d=4");
}

BOOST_AUTO_TEST_CASE(a_dotted_name_needs_no_group) {
  BOOST_TEST(flat("limits.head = 1k") == "1:limits.head=1k");
}

BOOST_AUTO_TEST_CASE(a_comment_begins_a_line_or_follows_a_blank) {
  BOOST_TEST(flat("# a = 1\n  # b = 2\nc = 3 # four\nd = /x#y\ne = #\n[g] # group\nf = 5") ==
             "3:c=3 4:d=/x#y 5:e= 7:g.f=5");
}

BOOST_AUTO_TEST_CASE(line_ends_of_dos_and_tabs_are_blank) {
  BOOST_TEST(flat("\ta\t=\t1\t\r\n[g]\r\nb=2\r\n") == "1:a=1 3:g.b=2");
}

BOOST_AUTO_TEST_CASE(a_value_may_hold_an_equals_sign_and_may_be_empty) {
  BOOST_TEST(flat("a = b=c\nd =") == "1:a=b=c 2:d=");
}

BOOST_AUTO_TEST_CASE(every_malformed_line_is_complained_of) {
  const auto lines = split_conf_file("word\na = 1\n= 2\n[open\n[]\n[ok]x\n", "f.conf");
  BOOST_TEST(lines.settings.size() == 1U);
  BOOST_REQUIRE(lines.complaints.size() == 5U);
  BOOST_TEST(to_string(lines.complaints[0]) ==
             "f.conf:1: a line is '[group]', 'name = value' or a comment that begins with '#'");
  BOOST_TEST(lines.complaints[1].where.line == 3U);
  BOOST_TEST(to_string(lines.complaints[2]) == "f.conf:4: a group is written '[name]', alone on its line");
  BOOST_TEST(lines.complaints[3].where.line == 5U);
  BOOST_TEST(lines.complaints[4].where.line == 6U);
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_fine) {
  BOOST_TEST(flat("") == "");
  BOOST_TEST(split_conf_file("\n\n", "f").complaints.empty());
}

BOOST_AUTO_TEST_SUITE_END()
