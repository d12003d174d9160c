// What handlers learn of a TLS connection, and what becomes of one that goes quiet or has only half a record.
#include "running_server.hpp"

#include "support/temporary_directory.hpp"
#include "support/test_certificates.hpp"
#include "support/tls_client.hpp"

namespace baton {
namespace {

using test::tls_client;
using test::tls_ending;

struct secured {
  test::temporary_directory directory;
  test::test_authority authority;
  options settings = on_any_port();

  secured() {
    const test::signed_certificate own = authority.sign({"localhost", {"localhost"}});
    settings.listen = {"https://127.0.0.1:0"};
    settings.tls.certificate = {directory.write("c.pem", own.certificate)};
    settings.tls.key = {directory.write("k.pem", own.key)};
    settings.tls.client_ca = directory.write("ca.pem", authority.pem());
    settings.tls.verify_client = client_verification::optional;
  }
};

router telling() {
  router routes = hello();
  routes.get("/who", [](request& req) {
    const connection_info& info = req.connection();
    return response::text(std::string{req.scheme()} + "|" + std::string{info.client_subject()} + "|" +
                          std::string{info.server_name()} + "|" + std::string{info.tls().substr(0, 7)});
  });
  routes.post("/echo", [](request& req) { return response::text(std::string{req.body()}); });
  return routes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_connections)

BOOST_AUTO_TEST_CASE(handlers_learn_the_scheme_the_name_and_the_clients_subject) {
  secured site;
  running_server server{telling(), site.settings};
  BOOST_TEST(tls_client(server.where()).get("/who").body == "https|||TLSv1.3");
  const test::signed_certificate alice = site.authority.sign({"alice\r\nX: y"});
  test::tls_wishes wishes;
  wishes.name = "localhost";
  wishes.version = 12;
  wishes.certificate = alice.certificate;
  wishes.key = alice.key;
  const std::string told = tls_client(server.where(), wishes).get("/who").body;
  BOOST_TEST(told == "https|CN=alice\\0D\\0AX: y,O=Baton|localhost|TLSv1.2");
}

BOOST_AUTO_TEST_CASE(without_tls_the_scheme_is_http) {
  running_server server{telling()};
  BOOST_TEST(test::get(server.where(), "/who").body == "http|||");
}

BOOST_AUTO_TEST_CASE(a_handshake_counts_as_a_fresh_connection) {
  secured site;
  running_server server{hello(), site.settings};
  {
    tls_client client{server.where()};
    BOOST_TEST(client.get("/hello").body == "hello");
    client.close();
  }
  using state = connection_state;
  BOOST_TEST(server.await({state::fresh, state::active, state::idle, state::closed}));
}

BOOST_AUTO_TEST_CASE(a_body_in_many_small_records_comes_whole) {
  secured site;
  running_server server{telling(), site.settings};
  tls_client client{server.where()};
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n");
  for (int i = 0; i < 500; ++i) client.send("abcd");
  BOOST_TEST(client.read().body.size() == 2000U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_been_parked_serves_on) {
  secured site;
  running_server server{hello(), site.settings};
  tls_client client{server.where()};
  BOOST_TEST(client.get("/hello").body == "hello");
  // Buffers go after two seconds; an answer before or after that is the same to the client.
  BOOST_TEST((client.await_end(2500ms) == tls_ending::open));
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(half_a_record_keeps_an_idle_connection_no_longer_than_a_head_may_take) {
  secured site;
  site.settings.timeouts.idle = 300ms;
  site.settings.timeouts.head = 2s;
  running_server server{hello(), site.settings};
  tls_client client{server.where()};
  BOOST_TEST(client.get("/hello").body == "hello");
  const std::string part{"\x17\x03\x03\x01\x00half", 9};
  BOOST_TEST(::send(client.native(), part.data(), part.size(), MSG_NOSIGNAL) == 9);
  BOOST_TEST((client.await_end() == tls_ending::farewell));
}

BOOST_AUTO_TEST_CASE(damaged_records_end_their_connection_alone) {
  secured site;
  running_server server{hello(), site.settings};
  tls_client good{server.where()};
  tls_client bad{server.where()};
  const std::string damaged{"\x17\x03\x03\x00\x20 this is no ciphertext, not at all", 38};
  BOOST_TEST(::send(bad.native(), damaged.data(), damaged.size(), MSG_NOSIGNAL) == 38);
  BOOST_TEST((bad.await_end() != tls_ending::open));
  BOOST_TEST(good.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(a_server_without_good_certificates_does_not_start) {
  secured site;
  site.settings.tls.key = {site.directory.write("other.pem", site.authority.sign({"other"}).key)};
  server refused{site.settings, hello()};
  BOOST_CHECK_THROW(refused.start(), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
