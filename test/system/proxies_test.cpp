// Servers behind proxies: whom they take for the client, also after an upgrade.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "support/https_site.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

std::string client_of(raw_client& client, std::string_view fields = {}) {
  return client.get("/client", fields).body;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxies, leak_check)

BOOST_AUTO_TEST_CASE(forwarded_fields_of_a_stranger_are_not_believed) {
  server_process server{demo()};
  raw_client client{server.address()};
  BOOST_TEST(client_of(client, "Forwarded: for=192.0.2.1;proto=https\r\n").starts_with("127.0.0.1:"));
  BOOST_TEST(client_of(client, "X-Forwarded-For: 192.0.2.1\r\n").ends_with(" http"));
}

BOOST_AUTO_TEST_CASE(forwarded_fields_of_a_trusted_proxy_name_the_client) {
  server_process server{demo({"--proxies.trusted", "127.0.0.0/8"})};
  raw_client client{server.address()};
  BOOST_TEST(client_of(client, "Forwarded: for=192.0.2.1;proto=https\r\n") == "192.0.2.1 https");
  BOOST_TEST(client_of(client, "X-Forwarded-For: 203.0.113.1, 192.0.2.2\r\n") == "192.0.2.2 http");
}

BOOST_AUTO_TEST_CASE(a_proxy_header_of_a_stranger_is_a_malformed_request) {
  server_process server{demo({"--proxies.protocol", "192.0.2.0/24"})};
  raw_client client{server.address()};
  client.send("PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\nGET /client HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.read().status == 400);
}

BOOST_AUTO_TEST_CASE(a_connection_of_a_proxys_without_a_header_is_closed) {
  server_process server{demo({"--proxies.protocol", "127.0.0.1"})};
  raw_client client{server.address()};
  static_cast<void>(client.try_send("GET /client HTTP/1.1\r\nHost: a\r\n\r\n"));
  BOOST_TEST((client.await_end() != ending::open));
  BOOST_TEST(client.bytes_received() == 0U);
  BOOST_TEST(server.logs("does not begin with a PROXY header"));
}

BOOST_AUTO_TEST_CASE(the_client_that_a_header_names_stays_the_client_through_an_upgrade) {
  server_process server{demo({"--proxies.protocol", "127.0.0.1", "--drain.idle", "transfer"})};
  raw_client known{server.address()};
  known.send("PROXY TCP6 2001:db8::7 ::1 4711 80\r\n");
  BOOST_TEST(client_of(known) == "[2001:db8::7]:4711 http");
  raw_client begun{server.address()};
  begun.send("PROXY TCP4 192.0.2.1 127.0.0.1 1");
  const auto old = server.latest();
  server.signal(SIGUSR2);
  static_cast<void>(server.await(2));
  // The old process has the one whose header is not complete; the connection follows once it is.
  begun.send("1 80\r\n");
  BOOST_TEST(client_of(begun) == "192.0.2.1:11 http");
  BOOST_TEST(client_of(known) == "[2001:db8::7]:4711 http");
  BOOST_TEST(known.get("/generation").body == "2");
  BOOST_TEST(server.wait(old.pid) == 0);
}

BOOST_AUTO_TEST_CASE(a_proxy_header_may_come_before_a_handshake) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--proxies.protocol", "127.0.0.1"}))};
  const std::string url = "https://localhost:" + std::to_string(server.address().port) + "/client";
  launch how;
  how.command = {"curl",     "--silent",          "--show-error",       "--max-time", "30",
                 "--cacert", site.file("ca.pem"), "--haproxy-protocol", url,          url};
  const outcome got = run_command(how, 2 * patience);
  BOOST_TEST(got.err == "");
  BOOST_TEST(got.out.starts_with("127.0.0.1:"));
  BOOST_TEST(got.out.ends_with(" https"));
  how.command.erase(how.command.end() - 3);  // the header
  BOOST_TEST(run_command(how, 2 * patience).status != 0);
}

BOOST_AUTO_TEST_SUITE_END()
