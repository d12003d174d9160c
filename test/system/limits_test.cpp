// What is too large, too many or too slow is refused with the right status, and the server lives on.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <utility>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

using seconds = std::chrono::duration<double>;

double since(std::chrono::steady_clock::time_point start) {
  return seconds{std::chrono::steady_clock::now() - start}.count();
}

bool closes_after(raw_client& client) {
  return client.await_end() == ending::fin;
}

// The answer to `bytes` on a connection of its own, which must be closed afterwards.
int refused_with(const server_process& server, std::string_view bytes) {
  raw_client client{server.address()};
  static_cast<void>(client.try_send(bytes));
  const auto answer = client.read();
  BOOST_TEST(answer.closes());
  BOOST_TEST(closes_after(client));
  return answer.status;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(limits, leak_check)

BOOST_AUTO_TEST_CASE(a_head_over_the_limit_is_431) {
  server_process server{demo({"--limits.head", "1024"})};
  BOOST_TEST(get(server.address(), "/plaintext", "X-Fill: " + std::string(800, 'a') + "\r\n").status == 200);
  BOOST_TEST(refused_with(server, get_request("/plaintext", "X-Fill: " + std::string(1024, 'a') + "\r\n")) == 431);
  BOOST_TEST(refused_with(server, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Endless: " + std::string(4096, 'a')) == 431);
}

BOOST_AUTO_TEST_CASE(too_many_fields_are_431) {
  server_process server{demo({"--limits.fields", "4"})};
  BOOST_TEST(get(server.address(), "/plaintext", "A: 1\r\nB: 2\r\nC: 3\r\n").status == 200);
  BOOST_TEST(refused_with(server, get_request("/plaintext", "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n")) == 431);
}

BOOST_AUTO_TEST_CASE(a_target_over_the_limit_is_414) {
  server_process server{demo({"--limits.target", "128"})};
  BOOST_TEST(get(server.address(), "/plaintext?" + std::string(100, 'a')).status == 200);
  BOOST_TEST(refused_with(server, get_request("/plaintext?" + std::string(128, 'a'))) == 414);
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_413_before_it_is_sent) {
  server_process server{demo({"--limits.body", "1000"})};
  const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n";
  BOOST_TEST(refused_with(server, head) == 413);
  raw_client client{server.address()};
  client.send(post_request("/echo", std::string(1000, 'a')));
  BOOST_TEST(client.read().body.size() == 1000);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_over_the_limit_is_413) {
  server_process server{demo({"--limits.body", "1000"})};
  // Handed over whole to its handler, this one: nothing was answered when the limit is passed.
  const std::string head = "POST /counter HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  BOOST_TEST(refused_with(server, head + "3e9\r\n" + std::string(1001, 'a')) == 413);
}

BOOST_AUTO_TEST_CASE(a_half_sent_head_is_408_after_its_time) {
  server_process server{demo({"--timeouts.head", "300ms"})};
  raw_client client{server.address()};
  client.send("GET /plaintext HTTP/1.1\r\nHost: loc");
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(client.read().status == 408);
  BOOST_TEST(since(start) > 0.1);
  BOOST_TEST(closes_after(client));
}

BOOST_AUTO_TEST_CASE(a_head_that_trickles_is_408_all_the_same) {
  server_process server{demo({"--timeouts.head", "500ms"})};
  raw_client client{server.address()};
  const auto start = std::chrono::steady_clock::now();
  client.send("GET /plaintext HTTP/1.1\r\nX: ");
  while (client.end() == ending::open && since(start) < 10) {
    if (client.try_send("a")) break;
    client.await_end(50ms);
  }
  BOOST_TEST(client.read().status == 408);
  BOOST_TEST(since(start) < 5);
}

BOOST_AUTO_TEST_CASE(a_silent_connection_is_closed_without_a_word) {
  server_process server{demo({"--timeouts.head", "300ms"})};
  raw_client client{server.address()};
  BOOST_TEST(closes_after(client));
  BOOST_TEST(client.bytes_received() == 0);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
  server_process server{demo({"--timeouts.idle", "300ms"})};
  raw_client client{server.address()};
  BOOST_TEST(client.get("/plaintext").status == 200);
  const auto before = client.bytes_received();
  BOOST_TEST(closes_after(client));
  BOOST_TEST(client.bytes_received() == before);
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_coming_is_408) {
  server_process server{demo({"--timeouts.body", "300ms"})};
  BOOST_TEST(refused_with(server, "POST /counter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhello") ==
             408);
}

BOOST_AUTO_TEST_CASE(a_body_slower_than_the_lowest_rate_is_408) {
  server_process server{demo({"--timeouts.body_rate", "1000"})};
  raw_client client{server.address()};
  const auto start = std::chrono::steady_clock::now();
  client.send("POST /counter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
  while (client.end() == ending::open && since(start) < 20) {
    if (client.try_send("a")) break;
    client.await_end(50ms);
  }
  BOOST_TEST(client.read().status == 408);
  BOOST_TEST(since(start) > 4.0);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_closed) {
  server_process server{demo({"--timeouts.write", "500ms"})};
  const auto before = proc::descriptors(server.pid());
  raw_client client{server.address()};
  client.send(get_request("/download?bytes=100000000&chunk=65536&delay=0"));
  BOOST_TEST(client.await_bytes());
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()) == before; }));
}

BOOST_AUTO_TEST_CASE(a_connection_too_many_gets_503) {
  server_process server{demo({"--limits.connections", "3"})};
  std::vector<std::unique_ptr<raw_client>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<raw_client>(server.address()));
    BOOST_TEST(held.back()->get("/plaintext").status == 200);
  }
  raw_client extra{server.address()};
  static_cast<void>(extra.try_send(get_request("/plaintext")));
  BOOST_TEST(extra.read().status == 503);
  BOOST_TEST(closes_after(extra));
  held.pop_back();
  BOOST_TEST(eventually(patience, [&] { return get(server.address(), "/plaintext").status == 200; }));
}

BOOST_AUTO_TEST_CASE(a_connection_too_many_from_one_address_gets_503) {
  server_process server{demo({"--limits.connections_per_address", "2"})};
  raw_client one{server.address()};
  raw_client two{server.address()};
  BOOST_TEST(one.get("/plaintext").status == 200);
  BOOST_TEST(two.get("/plaintext").status == 200);
  raw_client extra{server.address()};
  static_cast<void>(extra.try_send(get_request("/plaintext")));
  BOOST_TEST(extra.read().status == 503);
}

BOOST_AUTO_TEST_CASE(the_last_request_of_a_connection_is_answered_with_close) {
  server_process server{demo({"--limits.requests", "3"})};
  raw_client client{server.address()};
  BOOST_TEST(!client.get("/plaintext").closes());
  BOOST_TEST(!client.get("/plaintext").closes());
  BOOST_TEST(client.get("/plaintext").closes());
  BOOST_TEST(closes_after(client));
}

BOOST_AUTO_TEST_CASE(a_full_blocking_pool_is_503_with_retry_after) {
  server_process server{demo({"--blocking.threads", "1", "--blocking.queue", "0"})};
  raw_client one{server.address()};
  raw_client other{server.address()};
  one.send(get_request("/block?ms=1000"));
  other.send(get_request("/block?ms=1000"));
  // Which of the two comes first is the workers' affair.
  auto served = one.read();
  auto refused = other.read();
  if (served.status != 200) std::swap(served, refused);
  BOOST_TEST(served.status == 200);
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.field("retry-after").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
