// PROXY headers of both versions, whole, in pieces and wrong.
#include <ostream>
#include <string>

#include <boost/test/unit_test.hpp>

#include "http/proxy_header.hpp"

namespace baton::http {

static std::ostream& operator<<(std::ostream& out, proxy_header::outcome value) {
  return out << static_cast<int>(value);
}

namespace {

using outcome = proxy_header::outcome;

const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};

std::string binary(char command, char family, const std::string& rest) {
  const auto length = rest.size();
  return signature + command + family + static_cast<char>(length >> 8U) + static_cast<char>(length & 0xffU) + rest;
}

std::string ipv4_addresses() {
  return {"\xc0\x00\x02\x01\x0a\x00\x00\x01\x12\x34\x00\x50", 12};
}

std::string source_of(const std::string& bytes) {
  const proxy_header header = parse_proxy_header(bytes);
  BOOST_TEST(header.what == outcome::complete);
  return header.source.to_string();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_header_suite)

BOOST_AUTO_TEST_CASE(a_line_of_version_1_names_the_client) {
  BOOST_TEST(source_of("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n") == "192.0.2.1:56324");
  BOOST_TEST(source_of("PROXY TCP6 2001:db8::1 ::1 56324 443\r\n") == "[2001:db8::1]:56324");
  BOOST_TEST(source_of("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n") == "192.0.2.1:1");
  BOOST_TEST(source_of("PROXY UNKNOWN\r\n") == "unknown");
  BOOST_TEST(source_of("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n") == "unknown");
}

BOOST_AUTO_TEST_CASE(what_follows_the_header_is_not_its_own) {
  const std::string line = "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n";
  BOOST_TEST(parse_proxy_header(line + "GET / HTTP/1.1\r\n").size == line.size());
  const std::string header = binary('\x21', '\x11', ipv4_addresses());
  BOOST_TEST(parse_proxy_header(header + "\x16\x03\x01").size == header.size());
}

BOOST_AUTO_TEST_CASE(a_part_of_a_header_asks_for_more) {
  for (const std::string& whole :
       {std::string{"PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n"}, binary('\x21', '\x11', ipv4_addresses())}) {
    for (std::size_t size = 0; size != whole.size(); ++size)
      BOOST_TEST(parse_proxy_header(whole.substr(0, size)).what == outcome::need_more);
    BOOST_TEST(parse_proxy_header(whole).what == outcome::complete);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_refused) {
  for (const char* line :
       {"GET / HTTP/1.1\r\n", "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 -2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP6 [::1]:3 ::1 1 2\r\n", "PROXY TCP4 1.2.3.4:5 1.2.3.4 1 2\r\n", "PROXY TCP4 host host 1 2\r\n",
        "PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX", "proxy TCP4", "PROXY\r\n",
        "PROXY UNKNOWN\rGET"}) {
    BOOST_TEST(parse_proxy_header(line).what == outcome::malformed, line);
  }
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_refused_once_it_is_too_long) {
  const std::string endless = "PROXY UNKNOWN " + std::string(200, 'a');
  BOOST_TEST(parse_proxy_header(endless.substr(0, 106)).what == outcome::need_more);
  BOOST_TEST(parse_proxy_header(endless.substr(0, 107)).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header("PROXY UNKNOWN " + std::string(91, 'a') + "\r\n").what == outcome::complete);
  BOOST_TEST(parse_proxy_header("PROXY UNKNOWN " + std::string(92, 'a') + "\r\n").what == outcome::malformed);
}

BOOST_AUTO_TEST_CASE(a_header_of_version_2_names_the_client) {
  BOOST_TEST(source_of(binary('\x21', '\x11', ipv4_addresses())) == "192.0.2.1:4660");
  const std::string v6 = std::string{"\x20\x01\x0d\xb8", 4} + std::string(11, '\0') + '\x01' + std::string(16, '\0') +
                         std::string{"\x00\x50\x01\xbb", 4};
  BOOST_TEST(source_of(binary('\x21', '\x21', v6)) == "[2001:db8::1]:80");
  BOOST_TEST(source_of(binary('\x21', '\x31', std::string(216, '\0'))) == "unix:");
}

BOOST_AUTO_TEST_CASE(who_speaks_for_itself_names_nobody) {
  BOOST_TEST(source_of(binary('\x20', '\x00', {})) == "unknown");
  BOOST_TEST(source_of(binary('\x20', '\x11', ipv4_addresses())) == "unknown");
  BOOST_TEST(source_of(binary('\x21', '\x00', "whatever")) == "unknown");
  BOOST_TEST(source_of(binary('\x21', '\x12', ipv4_addresses())) == "unknown");  // UDP
}

BOOST_AUTO_TEST_CASE(attributes_are_passed_over_and_must_fit) {
  const std::string addresses = ipv4_addresses();
  BOOST_TEST(source_of(binary('\x21', '\x11', addresses + std::string{"\xea\x00\x02hi\x04\x00\x00", 8})) ==
             "192.0.2.1:4660");
  for (const std::string& wrong :
       {std::string{"\xea"}, std::string{"\xea\x00\x03hi", 5}, std::string{"\xea\xff\xff", 3}})
    BOOST_TEST(parse_proxy_header(binary('\x21', '\x11', addresses + wrong)).what == outcome::malformed);
}

BOOST_AUTO_TEST_CASE(a_checksum_is_verified_where_it_is_sent) {
  // CRC32c of this header with zeros in the checksum's place.
  const std::string right = binary('\x21', '\x11', ipv4_addresses() + std::string{"\x03\x00\x04", 3} + "CRC?");
  std::uint32_t crc = 0xffffffffU;
  std::string zeroed = right;
  zeroed.replace(zeroed.size() - 4, 4, 4, '\0');
  for (const char c : zeroed) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit != 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  crc = ~crc;
  std::string good = zeroed;
  for (std::size_t i = 0; i != 4; ++i) good[good.size() - 4 + i] = static_cast<char>(crc >> (24 - 8 * i));
  BOOST_TEST(source_of(good) == "192.0.2.1:4660");
  BOOST_TEST(parse_proxy_header(right).what == outcome::malformed);
  good[20] = static_cast<char>(good[20] + 1);
  BOOST_TEST(parse_proxy_header(good).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header(binary('\x21', '\x11', ipv4_addresses() + std::string{"\x03\x00\x00", 3})).what ==
             outcome::malformed);
}

BOOST_AUTO_TEST_CASE(a_wrong_header_of_version_2_is_refused) {
  BOOST_TEST(parse_proxy_header(binary('\x11', '\x11', ipv4_addresses())).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header(binary('\x22', '\x11', ipv4_addresses())).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header(binary('\x21', '\x11', ipv4_addresses().substr(1))).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header(binary('\x21', '\x21', ipv4_addresses())).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header(signature + std::string{"\x21\x11\xff\xff", 4}).what == outcome::malformed);
  BOOST_TEST(parse_proxy_header(std::string{"\r\n\r\n\0\r\nQUIX", 11}).what == outcome::malformed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
