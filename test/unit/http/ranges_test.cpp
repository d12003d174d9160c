// Which ranges are honoured, and what an answer with some looks like.
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/ranges.hpp>

#include "unit/http/support.hpp"

namespace baton {
namespace {

using http::get_head;
using http::parsed_head;
using kind = range_selection::kind;

std::string shown(const range_selection& selected) {
  if (selected.what == kind::whole) return "whole";
  if (selected.what == kind::unsatisfiable) return "416";
  std::string text;
  for (const byte_range& part : selected.parts) {
    text += std::to_string(part.first) + "+" + std::to_string(part.length) + " ";
  }
  return text;
}

std::string select(std::string_view text, std::uint64_t size = 1000) {
  return shown(select_ranges(text, size));
}

response answer_to(const std::string& fields, const validators& current = {}) {
  parsed_head head{get_head("/", fields)};
  return ranged(head.req, "text/plain", "0123456789", current);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ranges)

BOOST_AUTO_TEST_CASE(each_form_selects_its_bytes) {
  BOOST_TEST(select("bytes=0-499") == "0+500 ");
  BOOST_TEST(select("bytes=500-") == "500+500 ");
  BOOST_TEST(select("bytes=-1") == "999+1 ");
  BOOST_TEST(select("bytes=-5000") == "0+1000 ");
  BOOST_TEST(select("bytes=990-99999999999999999999999") == "990+10 ");
  BOOST_TEST(select("Bytes=0-0") == "0+1 ");
  BOOST_TEST(select("bytes=0-0, 500-509 ,, -1") == "0+1 500+10 999+1 ");
  BOOST_TEST(select("bytes=900-999,0-9") == "900+100 0+10 ");  // the client's order
}

BOOST_AUTO_TEST_CASE(what_is_malformed_or_of_another_unit_gives_the_whole) {
  for (const std::string_view text :
       {"", "bytes", "bytes=", "bytes=,", "bytes=5", "bytes=5-4", "bytes=a-b", "bytes=0-9,x", "bytes=1 - 2",
        "bytes=--1", "bytes=-", "bytes=1-2-3", "bytes=+1-2", "lines=0-5", "0-5", "bytes 0-5"}) {
    BOOST_TEST(select(text) == "whole", text);
  }
  BOOST_TEST(select("bytes=0-", 0) == "whole");
}

BOOST_AUTO_TEST_CASE(ranges_that_all_begin_behind_the_end_are_unsatisfiable) {
  BOOST_TEST(select("bytes=1000-") == "416");
  BOOST_TEST(select("bytes=1000-,2000-3000,-0") == "416");
  BOOST_TEST(select("bytes=99999999999999999999999-") == "416");
  BOOST_TEST(select("bytes=1000-,0-9") == "0+10 ");
}

BOOST_AUTO_TEST_CASE(ranges_that_overlap_or_nearly_touch_are_joined) {
  BOOST_TEST(select("bytes=0-9,5-19") == "0+20 ");
  BOOST_TEST(select("bytes=300-309,0-9,10-19") == "0+20 300+10 ");
  BOOST_TEST(select("bytes=0-9,80-89") == "0+90 ");
  BOOST_TEST(select("bytes=0-9,0-9,0-9") == "0+10 ");
}

BOOST_AUTO_TEST_CASE(a_range_bomb_gives_the_whole_once) {
  std::string many = "bytes=0-0";
  for (std::size_t i = 1; i != 2000; ++i) many += "," + std::to_string(i * 200) + "-";
  BOOST_TEST(select(many, 1'000'000) == "whole");
  std::string same = "bytes=0-";
  for (std::size_t i = 1; i != most_ranges; ++i) same += ",0-";
  BOOST_TEST(select(same) == "0+1000 ");  // one part, not thirty-two
  BOOST_TEST(select(same + ",0-") == "whole");
}

BOOST_AUTO_TEST_CASE(one_range_is_answered_with_its_place_and_several_as_a_multipart) {
  const response one = answer_to("Range: bytes=2-4\r\n");
  BOOST_TEST(one.status() == status::partial_content);
  BOOST_TEST(one.body() == "234");
  BOOST_TEST(one.get("Content-Range").value() == "bytes 2-4/10");
  BOOST_TEST(one.get("Content-Type").value() == "text/plain");

  parsed_head head{get_head("/", "Range: bytes=0-1,500-501\r\n")};
  const std::string body(1000, 'x');
  const response two = ranged(head.req, "text/plain", body);
  const std::string type{two.get("Content-Type").value()};
  BOOST_REQUIRE(type.starts_with("multipart/byteranges; boundary="));
  const std::string line = "\r\n--" + type.substr(type.find('=') + 1);
  const auto part = [&](const std::string& range) {
    return line + "\r\nContent-Type: text/plain\r\nContent-Range: bytes " + range + "/1000\r\n\r\nxx";
  };
  BOOST_TEST(two.body() == part("0-1") + part("500-501") + line + "--\r\n");
  BOOST_TEST(!two.get("Content-Range").has_value());
}

BOOST_AUTO_TEST_CASE(an_unsatisfiable_range_is_answered_with_the_size) {
  const response answer = answer_to("Range: bytes=10-\r\n");
  BOOST_TEST(answer.status() == status::range_not_satisfiable);
  BOOST_TEST(answer.get("Content-Range").value() == "bytes */10");
}

BOOST_AUTO_TEST_CASE(if_range_wants_the_very_same_representation) {
  const validators current{"\"v1\"", std::chrono::sys_seconds{std::chrono::seconds{784111777}}, true, true};
  const auto status_with = [&](const std::string& condition, const validators& now) {
    return static_cast<unsigned>(answer_to("Range: bytes=2-4\r\nIf-Range: " + condition + "\r\n", now).status());
  };
  BOOST_TEST(status_with("\"v1\"", current) == 206U);
  BOOST_TEST(status_with("\"v2\"", current) == 200U);
  BOOST_TEST(status_with("W/\"v1\"", current) == 200U);
  BOOST_TEST(status_with("Sun, 06 Nov 1994 08:49:37 GMT", current) == 206U);
  BOOST_TEST(status_with("Sun, 06 Nov 1994 08:49:38 GMT", current) == 200U);
  BOOST_TEST(status_with("yesterday", current) == 200U);
  validators fresh = current;
  fresh.date_is_strong = false;
  BOOST_TEST(status_with("Sun, 06 Nov 1994 08:49:37 GMT", fresh) == 200U);
}

BOOST_AUTO_TEST_CASE(head_and_repeated_range_lines_get_the_whole) {
  parsed_head head{"HEAD / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n"};
  BOOST_TEST(ranged(head.req, "text/plain", "0123456789").status() == status::ok);
  BOOST_TEST(answer_to("Range: bytes=0-1\r\nRange: bytes=2-3\r\n").status() == status::ok);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
