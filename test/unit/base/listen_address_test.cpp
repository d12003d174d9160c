#include "base/listen_address.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

using baton::address_kind;
using baton::parse_address;

namespace {

std::string canonical(std::string_view text) {
  const auto parsed = parse_address(text);
  return parsed ? to_string(*parsed.address) : "error: " + parsed.error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listen_address_suite)

BOOST_AUTO_TEST_CASE(an_ipv4_address_is_taken_apart) {
  const auto parsed = parse_address("127.0.0.1:8080");
  BOOST_REQUIRE(parsed);
  BOOST_TEST((parsed.address->kind == address_kind::ipv4));
  BOOST_TEST(parsed.address->host == "127.0.0.1");
  BOOST_TEST(parsed.address->port == 8080);
  BOOST_TEST(parsed.address->path == "");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_loses_its_brackets) {
  const auto parsed = parse_address("[::1]:443");
  BOOST_REQUIRE(parsed);
  BOOST_TEST((parsed.address->kind == address_kind::ipv6));
  BOOST_TEST(parsed.address->host == "::1");
  BOOST_TEST(parsed.address->port == 443);
}

BOOST_AUTO_TEST_CASE(a_unix_socket_is_a_path_alone) {
  const auto parsed = parse_address("unix:/run/baton.sock");
  BOOST_REQUIRE(parsed);
  BOOST_TEST((parsed.address->kind == address_kind::unix_path));
  BOOST_TEST(parsed.address->path == "/run/baton.sock");
  BOOST_TEST(parsed.address->host == "");
}

BOOST_AUTO_TEST_CASE(a_port_alone_means_every_interface) {
  BOOST_TEST((*parse_address(":8080").address == *parse_address("[::]:8080").address));
}

BOOST_AUTO_TEST_CASE(texts_that_mean_the_same_have_one_canonical_form) {
  BOOST_TEST(canonical("localhost:80") == "127.0.0.1:80");
  BOOST_TEST(canonical("[0:0:0:0:0:0:0:1]:080") == "[::1]:80");
  BOOST_TEST(canonical("[2001:DB8::00A1]:0") == "[2001:db8::a1]:0");
  BOOST_TEST(canonical(":0") == "[::]:0");
  BOOST_TEST(canonical("unix:/a b") == "unix:/a b");
}

BOOST_AUTO_TEST_CASE(the_canonical_form_parses_to_an_equal_value) {
  for (const auto* const text : {"10.1.2.3:65535", "[fe80::1]:1", ":80", "localhost:0", "unix:/x"}) {
    const auto first = parse_address(text);
    BOOST_REQUIRE(first);
    const auto second = parse_address(to_string(*first.address));
    BOOST_REQUIRE(second);
    BOOST_TEST((*first.address == *second.address), text);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_literal_address_is_refused_with_the_reason) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "the address is empty"},
      {"8080", "there is no port"},
      {"127.0.0.1", "there is no port"},
      {"[::1]", "there is no port"},
      {"[::1]80", "there is no port"},
      {"127.0.0.1:", "the port ''"},
      {"127.0.0.1:65536", "the port '65536'"},
      {"127.0.0.1:-1", "the port '-1'"},
      {"127.0.0.1:+1", "the port '+1'"},
      {"127.0.0.1: 80", "the port ' 80'"},
      {"127.0.0.1:80x", "the port '80x'"},
      {"127.0.0.1:http", "the port 'http'"},
      {"example.com:80", "'example.com' is not a literal address"},
      {"LOCALHOST:80", "'LOCALHOST' is not a literal address"},
      {"127.0.0.256:80", "'127.0.0.256' is not a literal address"},
      {"127.1:80", "'127.1' is not a literal address"},
      {"*:80", "'*' is not a literal address"},
      {"::1:80", "write an IPv6 address in brackets"},
      {"[]:80", "'' is not an IPv6 address"},
      {"[127.0.0.1]:80", "'127.0.0.1' is not an IPv6 address"},
      {"[::g]:80", "'::g' is not an IPv6 address"},
      {"[fe80::1%eth0]:80", "addresses with a scope id"},
      {"unix:", "a unix socket needs an absolute path"},
      {"unix:baton.sock", "a unix socket needs an absolute path"},
      {"unix:@baton", "a unix socket needs an absolute path"},
      {std::string("127.0.0.1\0x:80", 14), "the address has a zero byte"},
      {std::string("unix:/a\0b", 9), "the address has a zero byte"},
  };
  for (const auto& [text, reason] : cases) {
    const auto parsed = parse_address(text);
    BOOST_TEST(!parsed, text);
    BOOST_TEST(parsed.error.starts_with(reason), "'" << text << "': " << parsed.error);
  }
}

BOOST_AUTO_TEST_CASE(a_unix_path_is_as_long_as_the_kernel_allows_and_no_longer) {
  BOOST_TEST(bool{parse_address("unix:/" + std::string(106, 'p'))});
  BOOST_TEST(!parse_address("unix:/" + std::string(107, 'p')));
}

BOOST_AUTO_TEST_SUITE_END()
