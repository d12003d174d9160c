#include "upgrade/handover_message.hpp"

#include <type_traits>

#include <boost/test/unit_test.hpp>

namespace baton::upgrade {
namespace {

const start_message two_listeners{7, {"127.0.0.1:8080", "unix:/run/baton.sock"}};

std::string encoded(const handover_message& message) {
  const auto bytes = encode(message);
  BOOST_TEST_REQUIRE(bytes.has_value());
  return *bytes;
}

std::string refusal_of(std::string_view bytes) {
  const auto message = decode(bytes);
  return message ? "accepted" : message.error().text();
}

// `bytes` with the length field made right again.
std::string with_length(std::string bytes) {
  const std::size_t size = bytes.size() - 8;
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(size >> (8 * i) & 0xff);
  return bytes;
}

BOOST_AUTO_TEST_SUITE(handover_messages)

// One of each type, with everything set.
std::vector<handover_message> samples() {
  std::vector<handover_message> all;
  all.emplace_back(two_listeners);
  all.emplace_back(ready_message{4711, takes_connections, {"unix:/run/old.sock"}});
  all.emplace_back(failed_message{"cannot bind"});
  all.emplace_back(released_message{});
  all.emplace_back(state_wanted_message{std::uint64_t{1} << 33});
  all.emplace_back(state_message{"sessions", 3, 1ULL << 40});
  all.emplace_back(state_end_message{"too large"});
  all.emplace_back(counters_message{true, {{"requests", ~0ULL}, {"errors", 0}}});
  all.emplace_back(adopted_message{9, {true, false, true}});
  all.emplace_back(drained_message{});
  all.emplace_back(leave_message{});
  all.emplace_back(stopping_message{});
  all.emplace_back(alive_message{});
  all.emplace_back(roll_back_message{"an operator"});
  all.emplace_back(taken_back_message{});
  progress_message progress;
  progress.pid = 77;
  progress.generation = 3;
  progress.phase = 4;
  progress.active = 12;
  progress.upgraded = 1;
  progress.age_ms = std::uint64_t{1} << 40;
  all.emplace_back(progress);
  return all;
}

connections_message one_connection() {
  connections_message message;
  message.serial = 5;
  net::moving_connection& moving = message.connections.emplace_back();
  moving.family = 2;
  moving.stage = net::moving_stage::head;
  moving.peer = "192.0.2.1:4711";
  moving.local = "127.0.0.1:80";
  moving.peer_group = 0x1122334455667788;
  moving.peer_counted = true;
  moving.requests = 42;
  moving.age = std::chrono::milliseconds{123'456};
  moving.waited = std::chrono::milliseconds{789};
  moving.bytes = std::string{"GET / HT\0TP", 11};
  return message;
}

bool equal(const handover_message& a, const handover_message& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& one) {
        using type = std::remove_cvref_t<decltype(one)>;
        if constexpr (std::is_same_v<type, connections_message>) {
          return false;
        } else {
          return one == std::get<type>(b);
        }
      },
      a);
}

BOOST_AUTO_TEST_CASE(every_message_comes_back_as_it_went) {
  for (const handover_message& message : samples()) {
    const auto back = decode(encoded(message));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(equal(*back, message));
  }
}

BOOST_AUTO_TEST_CASE(a_moving_connection_comes_back_as_it_went) {
  const auto back = decode(encoded(one_connection()));
  BOOST_TEST_REQUIRE(back.has_value());
  const auto& got = std::get<connections_message>(*back);
  const auto sent = one_connection();
  BOOST_TEST(got.serial == sent.serial);
  BOOST_TEST_REQUIRE(got.connections.size() == 1U);
  const net::moving_connection& here = got.connections.front();
  const net::moving_connection& there = sent.connections.front();
  BOOST_TEST(here.family == there.family);
  BOOST_TEST((here.stage == there.stage));
  BOOST_TEST(here.peer == there.peer);
  BOOST_TEST(here.local == there.local);
  BOOST_TEST(here.peer_group == there.peer_group);
  BOOST_TEST(here.peer_counted);
  BOOST_TEST(here.requests == there.requests);
  BOOST_TEST((here.age == there.age));
  BOOST_TEST((here.waited == there.waited));
  BOOST_TEST(here.bytes == there.bytes);
}

BOOST_AUTO_TEST_CASE(a_stage_that_no_connection_can_be_in_is_refused) {
  std::string bytes = encoded(one_connection());
  bytes[8 + 4 + 4 + 4] = 9;  // behind header, serial, count and family
  BOOST_TEST(!decode(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_ready_are_those_of_the_protocol) {
  BOOST_TEST(encoded(ready_message{0x01020304, 3, {}}) ==
             (std::string{"\x02\x02\0\0\x0c\0\0\0\x04\x03\x02\x01\x03\0\0\0\0\0\0\0", 20}));
}

BOOST_AUTO_TEST_CASE(a_message_cut_anywhere_is_refused) {
  auto messages = samples();
  messages.emplace_back(one_connection());
  for (const handover_message& message : messages) {
    const std::string whole = encoded(message);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      BOOST_TEST(!decode(std::string_view{whole}.substr(0, size)).has_value(), size);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_cut_anywhere_is_refused_though_its_length_says_so) {
  std::vector<handover_message> messages;
  messages.emplace_back(two_listeners);
  messages.emplace_back(ready_message{1});
  messages.emplace_back(one_connection());
  messages.emplace_back(counters_message{false, {{"requests", 1}}});
  for (const handover_message& message : messages) {
    const std::string whole = encoded(message);
    for (std::size_t size = 8; size < whole.size(); ++size) {
      BOOST_TEST(!decode(with_length(whole.substr(0, size))).has_value(), size);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_refused) {
  BOOST_TEST(refusal_of(encoded(two_listeners) + "x") == "hand-over message: the length is wrong");
  BOOST_TEST(refusal_of(with_length(encoded(two_listeners) + "x")) == "hand-over message: type 1 is malformed");
  BOOST_TEST(refusal_of(with_length(encoded(released_message{}) + "x")) == "hand-over message: type 4 is malformed");
}

BOOST_AUTO_TEST_CASE(another_version_is_refused_by_name) {
  std::string bytes = encoded(two_listeners);
  bytes[1] = 1;
  BOOST_TEST(refusal_of(bytes) == "hand-over message: version 1, this build speaks 2");
}

BOOST_AUTO_TEST_CASE(unknown_types_and_set_reserved_bytes_are_refused) {
  std::string bytes = encoded(ready_message{1});
  bytes[0] = 99;
  BOOST_TEST(refusal_of(bytes) == "hand-over message: unknown type 99");
  bytes = encoded(ready_message{1});
  bytes[3] = 1;
  BOOST_TEST(refusal_of(bytes) == "hand-over message: reserved bytes are set");
}

BOOST_AUTO_TEST_CASE(counts_and_sizes_over_the_limit_are_refused_before_they_are_believed) {
  std::string many = encoded(start_message{2, {}});
  many[12 + 3] = '\x7f';  // the count's highest byte
  BOOST_TEST(!decode(many).has_value());
  std::string huge = encoded(start_message{2, {"a"}});
  huge[16 + 3] = '\x7f';  // the highest byte of the first text's length
  BOOST_TEST(!decode(huge).has_value());
  BOOST_TEST(!decode(with_length(encoded(failed_message{""}) + std::string(max_failure_size + 1, 'x'))).has_value());
  BOOST_TEST(!decode(std::string(max_message_size + 1, '\1')).has_value());
}

BOOST_AUTO_TEST_CASE(a_successor_is_not_the_first_generation) {
  BOOST_TEST(!decode(encoded(start_message{1, {}})).has_value());
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_limits_is_not_sent) {
  BOOST_TEST(!encode(start_message{2, std::vector<std::string>(max_specs + 1)}).has_value());
  BOOST_TEST(!encode(start_message{2, {std::string(max_spec_size + 1, 'x')}}).has_value());
  BOOST_TEST(!encode(start_message{2, std::vector<std::string>(200, std::string(max_spec_size, 'x'))}).has_value());
  BOOST_TEST(encode(start_message{2, std::vector<std::string>(max_specs, std::string(100, 'x'))}).has_value());
}

BOOST_AUTO_TEST_CASE(a_long_failure_is_cut) {
  const auto back = decode(encoded(failed_message{std::string(max_failure_size + 1, 'x')}));
  BOOST_TEST_REQUIRE(back.has_value());
  BOOST_TEST(std::get<failed_message>(*back).text.size() == max_failure_size);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
