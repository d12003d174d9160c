// Who the client is behind proxies that are trusted, and that nobody else can say.
#include <boost/test/unit_test.hpp>

#include <baton/connection_info.hpp>

#include "http/exchange.hpp"
#include "http/forwarded.hpp"
#include "unit/http/support.hpp"

namespace baton::http {
namespace {

proxy_trust trust_of(forwarded_field field = forwarded_field::any) {
  proxy_options given;
  given.trusted = {"10.0.0.0/8", "2001:db8:ffff::/48", "unix"};
  given.field = field;
  return proxy_trust{given};
}

/// The client and its scheme, of a request with these field lines.
std::string client(std::string_view lines, std::string_view peer = "10.0.0.1:5000",
                   forwarded_field field = forwarded_field::any) {
  const parsed_head head{get_head("/", lines)};
  BOOST_REQUIRE(head.result.outcome == head_outcome::complete);
  const auto found = find_client(*client_address::parse(peer), head.req.fields(), trust_of(field));
  return found.address.to_string() + (found.scheme.empty() ? "" : " by ") + std::string{found.scheme};
}

std::string forwarded(std::string_view value) {
  return client("Forwarded: " + std::string{value} + "\r\n");
}

std::string x_forwarded(std::string_view value) {
  return client("X-Forwarded-For: " + std::string{value} + "\r\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forwarded_suite)

BOOST_AUTO_TEST_CASE(nobody_but_a_trusted_peer_is_believed) {
  const std::string lines = "Forwarded: for=192.0.2.1;proto=https\r\n";
  BOOST_TEST(client(lines) == "192.0.2.1 by https");
  BOOST_TEST(client(lines, "unix:") == "192.0.2.1 by https");
  BOOST_TEST(client(lines, "11.0.0.1:5000") == "11.0.0.1:5000");
  BOOST_TEST(client("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n", "11.0.0.1:1") == "11.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(the_last_address_that_is_not_trusted_is_the_client) {
  BOOST_TEST(x_forwarded("192.0.2.1") == "192.0.2.1");
  BOOST_TEST(x_forwarded("203.0.113.9, 192.0.2.1, 10.2.2.2") == "192.0.2.1");
  BOOST_TEST(x_forwarded("10.3.3.3, 10.2.2.2") == "10.3.3.3");  // the proxies' own requests
  BOOST_TEST(x_forwarded("2001:db8::7, 2001:db8:ffff::1") == "2001:db8::7");
  BOOST_TEST(x_forwarded("[2001:db8::7]:80") == "[2001:db8::7]:80");
  BOOST_TEST(forwarded("for=203.0.113.9, for=192.0.2.1;by=10.0.0.7, for=10.2.2.2") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(several_lines_are_one_list) {
  BOOST_TEST(client("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.1.1.1\r\n") ==
             "192.0.2.1");
  BOOST_TEST(client("Forwarded: for=203.0.113.9\r\nForwarded: for=192.0.2.1\r\n") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(left_of_a_malformed_or_hidden_element_nothing_is_believed) {
  for (const char* hidden :
       {"unknown", "_hidden", "\"_hidden:80\"", "\"2001:db8::1\"", "\"[2001:db8::1\"", "999.1.1.1"})
    BOOST_TEST(forwarded("for=192.0.2.1, for=" + std::string{hidden} + ", for=10.2.2.2") == "unknown", hidden);
  BOOST_TEST(forwarded("for=192.0.2.1, for=unknown") == "unknown");
  BOOST_TEST(forwarded("for=192.0.2.1, proto=https") == "unknown");
  BOOST_TEST(x_forwarded("192.0.2.1, garbage") == "unknown");
  BOOST_TEST(x_forwarded("192.0.2.1, unix:, 10.2.2.2") == "unknown");
  BOOST_TEST(x_forwarded("garbage, 192.0.2.1") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_client_cannot_pass_for_the_proxy_by_a_bad_field) {
  for (const char* peer : {"10.0.0.1:5000", "unix:"}) {
    BOOST_TEST(client("Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n", peer) == "unknown");
    BOOST_TEST(client("Forwarded: for=\"\r\n", peer) == "unknown");
    BOOST_TEST(client("X-Forwarded-For: garbage\r\n", peer) == "unknown");
    BOOST_TEST(client("X-Forwarded-For: garbage, 10.2.2.2\r\n", peer) == "unknown");
  }
  BOOST_TEST(client("", "unix:") == "unix:");  // its own request
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_on_is_believed_nowhere) {
  for (const char* broken : {"for=192.0.2.1, for=\"10.2.2.2", "for=192.0.2.1, for", "for=192.0.2.1 for=10.2.2.2",
                             "for=192.0.2.1, =10.2.2.2", "for=192.0.2.1, for=10.2.2.2;for=10.2.2.3",
                             "for=192.0.2.1, for==", "for=192.0.2.1, for=[::1]", "for=192.0.2.1, for=\"\\"}) {
    BOOST_TEST(forwarded(broken) == "unknown", broken);
  }
}

BOOST_AUTO_TEST_CASE(a_forwarded_element_has_the_forms_of_rfc_7239) {
  BOOST_TEST(forwarded("For=\"[2001:db8:cafe::17]:4711\"") == "[2001:db8:cafe::17]:4711");
  BOOST_TEST(forwarded("for=\"192.0.2.43:47011\"") == "192.0.2.43:47011");
  BOOST_TEST(forwarded("for=\"192.0.2.43:_port\"") == "192.0.2.43");
  BOOST_TEST(forwarded("PROTO=HTTP ; by=203.0.113.43;for=192.0.2.60;host=\"a,b;c\"") == "192.0.2.60 by http");
  BOOST_TEST(forwarded(", ,for=192.0.2.60;,,") == "192.0.2.60");
  BOOST_TEST(forwarded("") == "10.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(the_scheme_is_that_of_the_element_that_names_the_client) {
  BOOST_TEST(forwarded("for=192.0.2.1;proto=https, for=10.2.2.2;proto=http") == "192.0.2.1 by https");
  BOOST_TEST(forwarded("for=192.0.2.1;proto=gopher") == "192.0.2.1");
  BOOST_TEST(client("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http, HTTPS\r\n") == "192.0.2.1 by https");
  BOOST_TEST(client("X-Forwarded-Proto: https\r\n") == "10.0.0.1:5000 by https");
}

BOOST_AUTO_TEST_CASE(where_both_fields_are_there_the_configuration_decides) {
  const std::string both = "Forwarded: for=192.0.2.1;proto=https\r\nX-Forwarded-For: 192.0.2.2\r\n";
  BOOST_TEST(client(both) == "unknown");
  BOOST_TEST(client(both, "10.0.0.1", forwarded_field::forwarded) == "192.0.2.1 by https");
  BOOST_TEST(client(both, "10.0.0.1", forwarded_field::x_forwarded_for) == "192.0.2.2");
  const std::string other = "Forwarded: for=192.0.2.1\r\n";
  BOOST_TEST(client(other, "10.0.0.1", forwarded_field::x_forwarded_for) == "10.0.0.1");
  BOOST_TEST(client("Forwarded: for=192.0.2.1\r\nX-Forwarded-Proto: https\r\n") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_request_knows_its_client_and_scheme) {
  struct : exchange {
    body_stream& body() override { throw std::logic_error{"no body"}; }
    task<response> run_blocking(const handler::plain&, request&) override { throw std::logic_error{"no pool"}; }
    void run_in_background(background_job) override {}
    const proxy_trust* trust() const noexcept override { return &trusted; }
    bool secure() const noexcept override { return encrypted; }
    proxy_trust trusted = trust_of();
    bool encrypted = false;
  } running;
  parsed_head head{get_head("/", "X-Forwarded-For: 192.0.2.1\r\n")};
  BOOST_TEST(!head.req.client().known());
  BOOST_TEST(head.req.scheme() == "http");
  connection_info info;
  info.client = *client_address::parse("10.0.0.1:80");
  request_access::connection(head.req) = &info;
  BOOST_TEST(head.req.client().to_string() == "10.0.0.1:80");
  request_access::exchange(head.req) = &running;
  BOOST_TEST(head.req.client().to_string() == "192.0.2.1");
  BOOST_TEST(head.req.scheme() == "http");
  running.encrypted = true;
  BOOST_TEST(head.req.scheme() == "https");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
