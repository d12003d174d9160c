// The parts of the load generator that count: where an answer ends, what a message is, how long the slowest took.
#include <boost/test/unit_test.hpp>

#include "answer_reader.hpp"
#include "frame_reader.hpp"
#include "histogram.hpp"

using namespace baton::bench;
using namespace std::chrono_literals;

namespace {

struct seen {
  std::size_t whole = 0;
  std::size_t good = 0;
  bool malformed = false;
  std::string body;
};

// Answers that come in pieces of `piece` bytes.
seen read(const std::string& bytes, std::size_t piece) {
  seen result;
  answer_reader reader;
  known_head known;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto part = std::string_view{bytes}.substr(at, piece);
    while (!part.empty() && !reader.malformed()) {
      part.remove_prefix(reader.take(part, known, &result.body));
      if (!reader.whole()) continue;
      ++result.whole;
      if (reader.good()) ++result.good;
      reader.restart();
    }
  }
  result.malformed = reader.malformed();
  return result;
}

std::string frame(unsigned char first, const std::string& payload) {
  return std::string{static_cast<char>(first), static_cast<char>(payload.size())} + payload;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load_parts)

BOOST_AUTO_TEST_CASE(answers_are_found_however_they_are_cut) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nX: 1\r\n\r\nabc"
      "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nX: 2\r\n\r\ndef"
      "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX: 2\r\n\r\nghi"
      "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nX: 2\r\n\r\njklm"
      "HTTP/1.1 204 No Content\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n1\r\nn\r\n0\r\nT: 1\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto result = read(bytes, piece);
    BOOST_TEST(result.whole == 7u);
    BOOST_TEST(result.good == 6u);
    BOOST_TEST(result.body == "abcdefghijklm0123456789n");
  }
}

BOOST_AUTO_TEST_CASE(an_answer_is_remembered_only_as_long_as_the_next_ones_look_the_same) {
  // The second is as long as the first and has the length elsewhere; the third has a status of its own.
  const auto result = read(
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nA: 1\r\n\r\n0123456789"
      "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 12\r\n\r\n0123456789ab"
      "HTTP/1.1 500 OK\r\nContent-Length: 10\r\nA: 1\r\n\r\n0123456789",
      4096);
  BOOST_TEST(result.whole == 3u);
  BOOST_TEST(result.good == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_malformed) {
  for (const auto* bytes : {"SSH-2.0-OpenSSH_9.2 or anything\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
                            "HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n"}) {
    const auto result = read(bytes, 5);
    BOOST_TEST(result.malformed, bytes);
    BOOST_TEST(result.whole == 0u);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_without_length_ends_with_its_connection) {
  answer_reader reader;
  known_head known;
  reader.take("HTTP/1.0 200 OK\r\n\r\nabc", known);
  BOOST_TEST(!reader.whole());
  BOOST_TEST(reader.ended());
  answer_reader cut;
  cut.take("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", known);
  BOOST_TEST(!cut.ended());
}

BOOST_AUTO_TEST_CASE(messages_are_counted_over_fragments_and_control_frames) {
  const auto bytes = frame(0x02, "ww") + frame(0x89, "hello") + frame(0x80, "w") + frame(0x82, "www");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    frame_reader reader{3};
    std::size_t messages = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      messages += reader.take(std::string_view{bytes}.substr(at, piece));
    }
    BOOST_TEST(messages == 2u);
    BOOST_TEST(!reader.failed());
    const auto pong = reader.take_pong();
    BOOST_TEST(pong.size() == 2u + 4u + 5u);
    BOOST_TEST(pong.front() == '\x8a');
    BOOST_TEST(reader.take_pong().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_message_that_is_no_echo_is_a_failure) {
  for (const auto& bytes : {frame(0x82, "ww"), frame(0x82, "wwww"), frame(0x82, "wwx"), frame(0x88, "")}) {
    frame_reader reader{3};
    BOOST_TEST(reader.take(bytes) == 0u);
    BOOST_TEST(reader.failed());
  }
}

BOOST_AUTO_TEST_CASE(echoed_messages_are_masked_and_as_long_as_asked_for) {
  for (const auto& [size, head] : {std::pair{0, 6}, {125, 6}, {126, 8}, {65535, 8}, {65536, 14}}) {
    BOOST_TEST(echo_message(static_cast<std::size_t>(size)).size() == static_cast<std::size_t>(size + head));
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_off_by_less_than_one_in_a_hundred) {
  histogram all;
  BOOST_TEST(all.at(0.99).count() == 0);
  for (int us = 1; us <= 100'000; ++us) all.add(std::chrono::microseconds{us});
  for (const double part : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    BOOST_TEST(static_cast<double>(all.at(part).count()) == part * 1e8, boost::test_tools::tolerance(0.01));
  }
  BOOST_TEST((all.at(1) == 100ms));
  BOOST_TEST((all.longest() == 100ms));
  all.add(-1ms);
  all.add(24h * 365);
  BOOST_TEST((all.at(0) == 0ns));
  BOOST_TEST((all.longest() == 24h * 365));
}

BOOST_AUTO_TEST_SUITE_END()
