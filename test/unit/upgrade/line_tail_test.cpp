#include "upgrade/line_tail.hpp"

#include <boost/test/unit_test.hpp>

namespace baton::upgrade {
namespace {

using lines = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(last_lines)

BOOST_AUTO_TEST_CASE(pieces_are_joined_to_lines) {
  line_tail tail;
  for (const char* const piece : {"fir", "st\nsec", "ond\r\n", "\n\nthi"}) tail.append(piece);
  BOOST_TEST(tail.lines() == (lines{"first", "second", "thi"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_the_last_twenty_are_kept_an_open_one_included) {
  line_tail tail;
  for (int i = 0; i < 50; ++i) tail.append(std::to_string(i) + "\n");
  BOOST_TEST(tail.lines().size() == 20U);
  BOOST_TEST(tail.lines().front() == "30");
  tail.append("open");
  BOOST_TEST(tail.lines().size() == 20U);
  BOOST_TEST(tail.lines().front() == "31");
  BOOST_TEST(tail.lines().back() == "open");
}

BOOST_AUTO_TEST_CASE(a_long_line_keeps_its_first_512_bytes_and_the_next_one_is_whole) {
  line_tail tail;
  for (int i = 0; i < 100; ++i) tail.append(std::string(100, static_cast<char>('a' + i % 26)));
  tail.append("\nnext\n");
  const auto kept = tail.lines();
  BOOST_TEST_REQUIRE(kept.size() == 2U);
  BOOST_TEST(kept[0].size() == 512U);
  BOOST_TEST(kept[0].substr(0, 101) == std::string(100, 'a') + 'b');
  BOOST_TEST(kept[1] == "next");
}

BOOST_AUTO_TEST_CASE(nothing_written_is_no_line) {
  BOOST_TEST(line_tail{}.lines().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
