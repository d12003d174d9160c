// TERM and its like: what has begun is finished, what is idle goes, and the exit status tells the truth.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

// Listening has ended, which is how a drain shows from outside.
void await_drain(const endpoint& where) {
  BOOST_REQUIRE(eventually(patience, [&] { return refuses(where); }));
}

using clock_type = std::chrono::steady_clock;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(drain, leak_check)

BOOST_AUTO_TEST_CASE(term_int_and_quit_end_an_idle_server_with_0) {
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) {
    server_process server;
    server.signal(number);
    BOOST_TEST(server.wait(server.pid()) == 0);
  }
}

BOOST_AUTO_TEST_CASE(requests_under_way_are_finished_and_closed) {
  server_process server;
  const auto where = server.address();
  raw_client sleeping{where};
  raw_client blocked{where};
  raw_client loading{where};
  sleeping.send(get_request("/sleep?ms=600"));
  blocked.send(get_request("/block?ms=600"));
  loading.send(get_request("/download?bytes=6400&chunk=640&delay=60"));
  BOOST_TEST(loading.await_bytes());
  BOOST_TEST(get(where, "/plaintext").status == 200);  // by now the others have been dispatched, too
  server.signal(SIGTERM);
  await_drain(where);
  const auto slept = sleeping.read();
  BOOST_TEST(slept.body == "slept 600");
  BOOST_TEST(slept.closes());
  BOOST_TEST(blocked.read().closes());
  BOOST_TEST(loading.read().body.size() == 6400);
  for (auto* each : {&sleeping, &blocked, &loading}) BOOST_TEST((each->await_end() == ending::fin));
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_at_once) {
  server_process server;
  raw_client idle{server.address()};
  raw_client busy{server.address()};
  BOOST_TEST(idle.get("/plaintext").status == 200);
  busy.send(get_request("/sleep?ms=800"));
  BOOST_TEST(idle.get("/plaintext").status == 200);
  server.signal(SIGTERM);
  BOOST_TEST((idle.await_end() == ending::fin));
  BOOST_TEST((busy.poll_end() == ending::open));
  BOOST_TEST(busy.nothing_unread());  // so the idle one did not have to wait for it
  BOOST_TEST(busy.read().body == "slept 800");
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(lingering_idle_connections_get_one_more_answer) {
  server_process server{demo({"--drain.idle", "linger", "--drain.linger", "10s"})};
  raw_client idle{server.address()};
  BOOST_TEST(!idle.get("/plaintext").closes());
  server.signal(SIGTERM);
  await_drain(server.address());
  BOOST_TEST((idle.poll_end() == ending::open));
  const auto last = idle.get("/plaintext");
  BOOST_TEST(last.status == 200);
  BOOST_TEST(last.closes());
  BOOST_TEST((idle.await_end() == ending::fin));
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(lingering_idle_connections_are_closed_after_their_time) {
  server_process server{demo({"--drain.idle", "linger", "--drain.linger", "400ms"})};
  raw_client idle{server.address()};
  BOOST_TEST(idle.get("/plaintext").status == 200);
  const auto start = clock_type::now();
  server.signal(SIGTERM);
  BOOST_TEST((idle.await_end() == ending::fin));
  BOOST_TEST((clock_type::now() - start >= 300ms));
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(a_silent_new_connection_counts_as_idle_after_drain_fresh) {
  server_process server{demo({"--drain.fresh", "400ms"})};
  raw_client silent{server.address()};
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  const auto start = clock_type::now();
  server.signal(SIGTERM);
  BOOST_TEST((silent.await_end() == ending::fin));
  BOOST_TEST((clock_type::now() - start < 5s));
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(a_new_connection_that_speaks_during_the_drain_is_served) {
  server_process server;
  raw_client fresh{server.address()};
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);
  await_drain(server.address());
  const auto answer = fresh.get("/plaintext");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.closes());
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(a_half_sent_head_is_answered_when_it_is_finished) {
  server_process server;
  raw_client half{server.address()};
  raw_client again{server.address()};
  BOOST_TEST(again.get("/plaintext").status == 200);
  half.send("GET /plaintext HTTP/1.1\r\nHo");
  again.send("GET /plaintext HTTP/1.1\r\nHo");
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);
  await_drain(server.address());
  for (auto* each : {&half, &again}) {
    each->send("st: localhost\r\n\r\n");
    const auto answer = each->read();
    BOOST_TEST(answer.body == "Hello, World!");
    BOOST_TEST(answer.closes());
  }
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(a_half_sent_head_cannot_hold_the_drain_longer_than_its_own_time) {
  server_process server{demo({"--timeouts.head", "500ms", "--drain.timeout", "30s"})};
  raw_client half{server.address()};
  half.send("GET /plaintext HTTP/1.1\r\nHo");
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);
  BOOST_TEST(server.wait(server.pid(), 10s) == 0);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_still_coming_is_echoed_in_full) {
  server_process server;
  raw_client client{server.address()};
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello");
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);
  await_drain(server.address());
  client.send("again");
  BOOST_TEST(client.read().body == "helloagain");
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_left_at_the_drain_timeout_is_closed_and_the_status_is_1) {
  server_process server{demo({"--drain.timeout", "400ms"})};
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=60000"));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  const auto start = clock_type::now();
  server.signal(SIGTERM);
  BOOST_TEST(server.wait(server.pid()) == 1);
  BOOST_TEST((clock_type::now() - start >= 300ms));
  BOOST_TEST((client.await_end() != ending::open));
}

BOOST_AUTO_TEST_CASE(a_second_term_ends_it_at_once) {
  server_process server;
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=60000"));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);
  await_drain(server.address());
  const auto start = clock_type::now();
  server.signal(SIGTERM);
  BOOST_TEST(server.wait(server.pid()) == 1);
  BOOST_TEST((clock_type::now() - start < 5s));
}

BOOST_AUTO_TEST_CASE(reload_signals_and_pipe_do_not_kill) {
  server_process server;
  for (const int number : {SIGUSR1, SIGHUP, SIGPIPE}) {
    server.signal(number);
    BOOST_TEST(get(server.address(), "/pid").body == std::to_string(server.pid()));
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(other_signals_do_not_disturb_a_drain) {
  server_process server;
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=800"));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);
  await_drain(server.address());
  for (const int number : {SIGUSR1, SIGHUP, SIGUSR2, SIGPIPE}) server.signal(number);
  BOOST_TEST(client.read().body == "slept 800");
  BOOST_TEST(server.wait(server.pid()) == 0);
  BOOST_TEST(server.generations().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
