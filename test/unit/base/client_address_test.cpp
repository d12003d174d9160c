// Addresses as values: what parses, what is the same, what lies within a prefix.
#include <unordered_set>

#include <boost/test/unit_test.hpp>

#include <baton/client_address.hpp>

using baton::address_prefix;
using baton::client_address;

namespace {

client_address parsed(std::string_view text) {
  const auto found = client_address::parse(text);
  BOOST_REQUIRE_MESSAGE(found, text);
  return *found;
}

bool within(std::string_view prefix, std::string_view address) {
  const auto found = address_prefix::parse(prefix);
  BOOST_REQUIRE_MESSAGE(found, prefix);
  return found->contains(parsed(address));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_address_suite)

BOOST_AUTO_TEST_CASE(what_is_printed_is_the_canonical_form) {
  BOOST_TEST(parsed("192.0.2.1").to_string() == "192.0.2.1");
  BOOST_TEST(parsed("192.0.2.1:80").to_string() == "192.0.2.1:80");
  BOOST_TEST(parsed("2001:DB8:0::1").to_string() == "2001:db8::1");
  BOOST_TEST(parsed("[2001:db8::1]").to_string() == "2001:db8::1");
  BOOST_TEST(parsed("[2001:db8::1]:8080").to_string() == "[2001:db8::1]:8080");
  BOOST_TEST(parsed("unix:/run/x").to_string() == "unix:");
  BOOST_TEST(client_address{}.to_string() == "unknown");
}

BOOST_AUTO_TEST_CASE(a_mapped_address_is_the_ipv4_address) {
  BOOST_TEST((parsed("::ffff:192.0.2.1") == parsed("192.0.2.1")));
  BOOST_TEST((parsed("[::ffff:c000:201]:80") == parsed("192.0.2.1:80")));
  BOOST_TEST((parsed("::192.0.2.1").kind() == client_address::family::ipv6));
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused) {
  for (const char* text : {"",
                           "localhost",
                           "1.2.3",
                           "1.2.3.4.5",
                           "01.2.3.4",
                           "256.1.1.1",
                           "1.2.3.4:",
                           "1.2.3.4:65536",
                           "1.2.3.4:-1",
                           "1.2.3.4:+1",
                           " 1.2.3.4",
                           "1.2.3.4 ",
                           ":::1",
                           "[::1",
                           "[::1]80",
                           "[::1]:",
                           "[1.2.3.4]:80",
                           "fe80::1%eth0",
                           "]",
                           "[]",
                           ":80",
                           "::1]:80",
                           "1:2:3:4:5:6:7:8:9",
                           "0x7f.1",
                           "2130706433"}) {
    BOOST_TEST(!client_address::parse(text).has_value(), text);
  }
  BOOST_TEST(!client_address::parse(std::string_view{"1.2.3.4\0", 8}).has_value());
}

BOOST_AUTO_TEST_CASE(ports_count_for_equality_and_not_for_networks) {
  const client_address with = parsed("192.0.2.1:80");
  BOOST_TEST((with != parsed("192.0.2.1")));
  BOOST_TEST((with.without_port() == parsed("192.0.2.1")));
  BOOST_TEST((parsed("[2001:db8:1:2:3::4]:80").network() == parsed("2001:db8:1:2::")));
  BOOST_TEST((with.network() == parsed("192.0.2.1")));
  std::unordered_set<client_address> table{with, parsed("192.0.2.1"), parsed("::ffff:192.0.2.1")};
  BOOST_TEST(table.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_prefix_contains_what_begins_like_it) {
  BOOST_TEST(within("10.0.0.0/8", "10.255.1.2:80"));
  BOOST_TEST(!within("10.0.0.0/8", "11.0.0.1"));
  BOOST_TEST(within("192.0.2.128/25", "192.0.2.200"));
  BOOST_TEST(!within("192.0.2.128/25", "192.0.2.100"));
  BOOST_TEST(within("192.0.2.1", "192.0.2.1"));
  BOOST_TEST(!within("192.0.2.1", "192.0.2.2"));
  BOOST_TEST(within("2001:db8::/33", "2001:db8:7fff::1"));
  BOOST_TEST(!within("2001:db8::/33", "2001:db8:8000::1"));
  BOOST_TEST(within("::1", "::1"));
  BOOST_TEST(within("unix", "unix:"));
}

BOOST_AUTO_TEST_CASE(all_of_one_family_is_none_of_another) {
  BOOST_TEST(within("0.0.0.0/0", "192.0.2.1"));
  BOOST_TEST(within("0.0.0.0/0", "::ffff:192.0.2.1"));
  BOOST_TEST(!within("0.0.0.0/0", "2001:db8::1"));
  BOOST_TEST(within("::/0", "2001:db8::1"));
  BOOST_TEST(!within("::/0", "192.0.2.1"));
  BOOST_TEST(within("::ffff:10.0.0.0/104", "10.1.1.1"));
  BOOST_TEST(!within("unix", "127.0.0.1"));
  BOOST_TEST(!within("127.0.0.0/8", "unix:"));
}

BOOST_AUTO_TEST_CASE(what_is_no_prefix_is_refused) {
  for (const char* text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "::1/64", "::/129",
                           "10.0.0.0/8/8", "10.0.0.0:80", "[::1]/128", "unix:", "*", "::ffff:0:0/80", "lan"}) {
    BOOST_TEST(!address_prefix::parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(loopback_is_what_does_not_leave_the_machine) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "unix:", "::ffff:127.0.0.1"})
    BOOST_TEST(parsed(text).loopback(), text);
  for (const char* text : {"128.0.0.1", "::2", "1::1", "0.0.0.0"}) BOOST_TEST(!parsed(text).loopback(), text);
}

BOOST_AUTO_TEST_SUITE_END()
