// One body at a time, whatever its framing, its limit and the patience with it.
#include <string>

#include <boost/test/unit_test.hpp>

#include "session/body_reader.hpp"

namespace baton::session {
namespace {

using outcome = body_reader::outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct fixture {
  options settings;
  body_reader body{settings};

  bool begin_length(std::uint64_t length) {
    return body.begin({.framing = http::body_framing::length, .length = length});
  }
  bool begin_chunked() { return body.begin({.framing = http::body_framing::chunked}); }

  // Feeds everything; what the body was, and how it ended.
  outcome feed(std::string_view bytes, std::string& text) {
    for (;;) {
      const body_reader::step step = body.next(bytes);
      text += step.data;
      bytes.remove_prefix(step.consumed);
      if (step.what != outcome::data) return step.what;
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(body_reader_framing, fixture)

BOOST_AUTO_TEST_CASE(a_request_without_a_body_is_complete_at_once) {
  BOOST_TEST(body.begin({}));
  BOOST_TEST(body.complete());
  BOOST_TEST((body.next("GET / HTTP/1.1\r\n").what == outcome::complete));
  BOOST_TEST(body.next("GET").consumed == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_of_length_zero_is_complete_at_once) {
  BOOST_TEST(begin_length(0));
  BOOST_TEST(body.complete());
}

BOOST_AUTO_TEST_CASE(a_body_of_known_length_ends_there_and_leaves_the_rest) {
  BOOST_TEST(begin_length(5));
  const body_reader::step step = body.next("helloGET /");
  BOOST_TEST((step.what == outcome::data));
  BOOST_TEST(step.data == "hello");
  BOOST_TEST(step.consumed == 5U);
  BOOST_TEST(body.complete());
  BOOST_TEST((body.next("GET /").what == outcome::complete));
}

BOOST_AUTO_TEST_CASE(a_body_in_pieces_needs_more_between_them) {
  BOOST_TEST(begin_length(5));
  BOOST_TEST((body.next("").what == outcome::need_more));
  BOOST_TEST(body.next("he").data == "he");
  BOOST_TEST(body.remaining() == 3U);
  BOOST_TEST((body.next("").what == outcome::need_more));
  BOOST_TEST(body.next("llo").data == "llo");
  BOOST_TEST(body.complete());
}

BOOST_AUTO_TEST_CASE(what_was_read_straight_to_its_place_counts) {
  BOOST_TEST(begin_length(5));
  body.took(5);
  BOOST_TEST(body.complete());
  BOOST_TEST(body.received() == 5U);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_decoded_byte_by_byte_too) {
  const std::string bytes = "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n";
  BOOST_TEST(begin_chunked());
  std::string text;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    BOOST_REQUIRE((feed(std::string_view{bytes}.substr(i, 1), text) == outcome::need_more));
  }
  BOOST_TEST((feed("\n", text) == outcome::complete));
  BOOST_TEST(text == "hello world");
  BOOST_TEST(body.complete());
  BOOST_TEST(body.trailers().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_second_body_begins_anew) {
  std::string text;
  BOOST_TEST(begin_chunked());
  BOOST_TEST((feed("x", text) == outcome::refused));
  BOOST_TEST(body.failed());
  BOOST_TEST(begin_chunked());
  BOOST_TEST(!body.failed());
  BOOST_TEST(body.received() == 0U);
  BOOST_TEST((feed("1\r\na\r\n0\r\n\r\n", text) == outcome::complete));
  BOOST_TEST(begin_length(3));
  BOOST_TEST(body.remaining() == 3U);
}

BOOST_AUTO_TEST_CASE(broken_chunks_are_refused_with_400_and_a_reason) {
  std::string text;
  BOOST_TEST(begin_chunked());
  BOOST_TEST((feed("5\r\nhelloX", text) == outcome::refused));
  BOOST_TEST((body.refusal() == status::bad_request));
  BOOST_TEST(!body.reason().empty());
  BOOST_TEST(!body.complete());
}

BOOST_AUTO_TEST_CASE(a_body_given_up_has_failed) {
  BOOST_TEST(begin_length(3));
  body.fail();
  BOOST_TEST(body.failed());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(body_reader_limits, fixture)

BOOST_AUTO_TEST_CASE(a_length_at_the_limit_passes_and_one_more_is_413) {
  settings.limits.body = 100;
  BOOST_TEST(begin_length(100));
  BOOST_TEST(!begin_length(101));
  BOOST_TEST((body.refusal() == status::payload_too_large));
  BOOST_TEST(body.failed());
}

BOOST_AUTO_TEST_CASE(chunks_count_against_the_limit_without_their_framing) {
  settings.limits.body = 10;
  std::string text;
  BOOST_TEST(begin_chunked());
  BOOST_TEST((feed("5;some=extension\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", text) == outcome::complete));
  BOOST_TEST(begin_chunked());
  BOOST_TEST((feed("5\r\nhello\r\n6\r\nworld!\r\n0\r\n\r\n", text) == outcome::refused));
  BOOST_TEST((body.refusal() == status::payload_too_large));
}

BOOST_AUTO_TEST_CASE(zero_means_no_limit) {
  settings.limits.body = 0;
  BOOST_TEST(begin_length(std::uint64_t{1} << 60));
  std::string text;
  BOOST_TEST(begin_chunked());
  BOOST_TEST((feed("5\r\nhello\r\n", text) == outcome::need_more));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(body_reader_patience, fixture)

BOOST_AUTO_TEST_CASE(silence_is_allowed_as_long_as_the_time_out_says) {
  settings.timeouts.body = seconds{3};
  BOOST_TEST(begin_length(100));
  BOOST_TEST((body.patience() == seconds{3}));
}

BOOST_AUTO_TEST_CASE(the_grace_bounds_the_wait_for_a_body_that_does_not_come) {
  BOOST_TEST(begin_length(100));
  BOOST_TEST((body.patience() == body_reader::rate_grace));
  body.waited(seconds{4});
  BOOST_TEST((body.patience() == body_reader::rate_grace - seconds{4}));
}

BOOST_AUTO_TEST_CASE(what_has_come_buys_time_at_the_lowest_rate) {
  settings.limits.body = 0;
  settings.timeouts.body = seconds{30};
  settings.timeouts.body_rate = 100;
  BOOST_TEST(begin_length(1'000'000));
  body.took(1'000);
  BOOST_TEST((body.patience() == seconds{10}));
  body.waited(seconds{9});
  BOOST_TEST((body.patience() == seconds{1}));
  body.took(1'000);
  BOOST_TEST((body.patience() == seconds{11}));
  body.took(100'000);
  BOOST_TEST((body.patience() == seconds{30}));
}

BOOST_AUTO_TEST_CASE(time_used_up_leaves_the_least_wait_and_not_an_endless_one) {
  BOOST_TEST(begin_length(100));
  body.waited(seconds{60});
  BOOST_TEST((body.patience() == milliseconds{1}));
}

BOOST_AUTO_TEST_CASE(without_a_rate_only_silence_counts) {
  settings.timeouts.body_rate = 0;
  settings.timeouts.body = seconds{7};
  BOOST_TEST(begin_length(100));
  body.waited(seconds{600});
  BOOST_TEST((body.patience() == seconds{7}));
}

BOOST_AUTO_TEST_CASE(without_both_the_patience_is_endless) {
  settings.timeouts.body_rate = 0;
  settings.timeouts.body = seconds{0};
  BOOST_TEST(begin_length(100));
  BOOST_TEST((body.patience() == milliseconds{0}));
}

BOOST_AUTO_TEST_CASE(a_rate_without_a_time_out_for_silence_counts_alone) {
  settings.timeouts.body = seconds{0};
  BOOST_TEST(begin_length(100));
  BOOST_TEST((body.patience() == body_reader::rate_grace));
}

BOOST_AUTO_TEST_CASE(a_body_is_too_slow_when_it_took_longer_than_the_lowest_rate_allows) {
  settings.timeouts.body_rate = 100;
  BOOST_TEST(begin_length(1'000'000));
  BOOST_TEST(!body.too_slow());
  body.waited(body_reader::rate_grace - milliseconds{1});
  BOOST_TEST(!body.too_slow());  // within the grace not even nothing at all is
  body.waited(milliseconds{2});
  BOOST_TEST(body.too_slow());
  body.took(1'000);
  BOOST_TEST(!body.too_slow());
  body.waited(seconds{4});
  BOOST_TEST(!body.too_slow());
  body.waited(seconds{1});
  BOOST_TEST(body.too_slow());
}

BOOST_AUTO_TEST_CASE(a_body_at_the_lowest_rate_is_not_too_slow_within_a_second_either) {
  settings.timeouts.body_rate = 100;
  BOOST_TEST(begin_length(1'000'000));
  body.took(599);
  body.waited(milliseconds{5'990});
  BOOST_TEST(!body.too_slow());
  body.waited(milliseconds{1});
  BOOST_TEST(body.too_slow());
}

BOOST_AUTO_TEST_CASE(a_body_that_is_complete_or_has_no_lowest_rate_is_never_too_slow) {
  BOOST_TEST(begin_length(3));
  body.waited(seconds{60});
  BOOST_TEST(body.too_slow());
  body.took(3);
  BOOST_TEST(!body.too_slow());
  settings.timeouts.body_rate = 0;
  BOOST_TEST(begin_length(3));
  body.waited(seconds{60});
  BOOST_TEST(!body.too_slow());
}

BOOST_AUTO_TEST_CASE(the_next_body_starts_with_all_its_time) {
  BOOST_TEST(begin_length(100));
  body.waited(seconds{60});
  BOOST_TEST(begin_length(100));
  BOOST_TEST((body.patience() == body_reader::rate_grace));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
