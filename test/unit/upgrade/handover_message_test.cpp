#include "upgrade/handover_message.hpp"

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

BOOST_AUTO_TEST_CASE(every_message_comes_back_as_it_went) {
  for (const handover_message& message :
       {handover_message{two_listeners}, handover_message{start_message{2, {}}}, handover_message{ready_message{4711}},
        handover_message{failed_message{"cannot bind"}}, handover_message{failed_message{""}},
        handover_message{released_message{}}}) {
    const auto back = decode(encoded(message));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST((*back == message));
  }
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_ready_are_those_of_the_protocol) {
  BOOST_TEST(encoded(ready_message{0x01020304}) == (std::string{"\x02\x01\0\0\x04\0\0\0\x04\x03\x02\x01", 12}));
}

BOOST_AUTO_TEST_CASE(a_message_cut_anywhere_is_refused) {
  for (const handover_message& message :
       {handover_message{two_listeners}, handover_message{ready_message{1}}, handover_message{failed_message{"why"}}}) {
    const std::string whole = encoded(message);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      BOOST_TEST(!decode(std::string_view{whole}.substr(0, size)).has_value(), size);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_cut_anywhere_is_refused_though_its_length_says_so) {
  for (const handover_message& message : {handover_message{two_listeners}, handover_message{ready_message{1}}}) {
    const std::string whole = encoded(message);
    for (std::size_t size = 8; size < whole.size(); ++size) {
      BOOST_TEST(!decode(with_length(whole.substr(0, size))).has_value(), size);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_refused) {
  BOOST_TEST(refusal_of(encoded(two_listeners) + "x") == "hand-over message: the length is wrong");
  BOOST_TEST(refusal_of(with_length(encoded(two_listeners) + "x")) ==
             "hand-over message: START does not end where it should");
  BOOST_TEST(refusal_of(with_length(encoded(ready_message{1}) + "x")) ==
             "hand-over message: READY does not end where it should");
}

BOOST_AUTO_TEST_CASE(another_version_is_refused_by_name) {
  std::string bytes = encoded(two_listeners);
  bytes[1] = 2;
  BOOST_TEST(refusal_of(bytes) == "hand-over message: version 2, this build speaks 1");
}

BOOST_AUTO_TEST_CASE(unknown_types_and_set_reserved_bytes_are_refused) {
  std::string bytes = encoded(ready_message{1});
  bytes[0] = 9;
  BOOST_TEST(refusal_of(bytes) == "hand-over message: unknown type 9");
  bytes = encoded(ready_message{1});
  bytes[3] = 1;
  BOOST_TEST(refusal_of(bytes) == "hand-over message: reserved bytes are set");
}

BOOST_AUTO_TEST_CASE(counts_and_sizes_over_the_limit_are_refused_before_they_are_believed) {
  std::string many = encoded(start_message{2, {}});
  many[12 + 3] = '\x7f';  // the count's highest byte
  BOOST_TEST(refusal_of(many) == "hand-over message: too many listeners");
  std::string huge = encoded(start_message{2, {"a"}});
  huge[16 + 3] = '\x7f';  // the highest byte of the first text's length
  BOOST_TEST(refusal_of(huge) == "hand-over message: a listener's text is too long");
  BOOST_TEST(!decode(with_length(encoded(failed_message{""}) + std::string(max_failure_size + 1, 'x'))).has_value());
  BOOST_TEST(!decode(std::string(max_message_size + 1, '\1')).has_value());
}

BOOST_AUTO_TEST_CASE(a_successor_is_not_the_first_generation) {
  BOOST_TEST(refusal_of(encoded(start_message{1, {}})) == "hand-over message: no successor has generation 1");
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
