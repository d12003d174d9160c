#include "http/event_text.hpp"

#include <stdexcept>

#include <boost/test/unit_test.hpp>

namespace baton::http {
namespace {

std::string text_of(const event& what) {
  std::string out;
  append_event(out, what);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_text)

BOOST_AUTO_TEST_CASE(an_event_has_its_fields_and_ends_with_an_empty_line) {
  event all{"hello", "greeting", "7"};
  all.retry = std::chrono::milliseconds{1500};
  BOOST_TEST(text_of(all) == "retry: 1500\nevent: greeting\nid: 7\ndata: hello\n\n");
  BOOST_TEST(text_of(event{" leading blank"}) == "data:  leading blank\n\n");
  BOOST_TEST(text_of(event{}) == "\n");
}

BOOST_AUTO_TEST_CASE(data_of_several_lines_comes_out_as_it_went_in) {
  BOOST_TEST(text_of(event{"a\nb"}) == "data: a\ndata: b\n\n");
  BOOST_TEST(text_of(event{"a\r\nb\rc"}) == "data: a\ndata: b\ndata: c\n\n");
  BOOST_TEST(text_of(event{"a\n"}) == "data: a\ndata: \n\n");
  BOOST_TEST(text_of(event{"\n"}) == "data: \ndata: \n\n");
  BOOST_TEST(text_of(event{"a\n\nid: 9"}) == "data: a\ndata: \ndata: id: 9\n\n");
}

BOOST_AUTO_TEST_CASE(what_would_end_a_line_early_is_refused) {
  for (const std::string bad : {"a\nb", "a\rb", "\r\n"}) {
    BOOST_CHECK_THROW(text_of(event{"x", bad}), std::invalid_argument);
    BOOST_CHECK_THROW(text_of(event{"x", "", bad}), std::invalid_argument);
  }
  BOOST_CHECK_THROW(text_of(event{"x", "", std::string(1, '\0')}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_comment_is_a_comment_in_every_line) {
  std::string out;
  append_comment(out, "a\ndata: b");
  append_comment(out, "");
  BOOST_TEST(out == ": a\n: data: b\n\n:\n\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
