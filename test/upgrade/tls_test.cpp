// Upgrades as TLS clients see them: sessions resume, listeners stay, and what cannot move ends politely.
#include <signal.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>

#include "support/https_site.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/tls_client.hpp"

using namespace baton::test;

namespace {

tls_wishes speaking(int version) {
  tls_wishes wishes;
  wishes.version = version;
  return wishes;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls_upgrades, leak_check)

BOOST_AUTO_TEST_CASE(a_session_made_before_two_upgrades_resumes_after_them) {
  const https_site site;
  server_process server{demo(site.flags())};
  const endpoint where = server.address();
  std::vector<tls_wishes> known;
  for (const int version : {12, 13}) {
    tls_client client{where, speaking(version)};
    BOOST_TEST(client.get("/generation").body == "1");
    BOOST_REQUIRE(client.ticket());
    known.push_back(speaking(version));
    known.back().resume = client.ticket();
  }
  server.upgrade();
  server.upgrade();
  for (const tls_wishes& each : known) {
    tls_client client{where, each};
    BOOST_TEST(client.resumed());
    BOOST_TEST(client.get("/generation").body == "3");
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(openssl_s_client_resumes_after_an_upgrade) {
  const https_site site;
  server_process server{demo(site.flags())};
  const std::string session = site.file("session");
  const auto s_client = [&](const std::string& more) {
    const std::string command =
        "printf 'GET /generation HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client "
        "-connect " +
        server.address().text() + " -servername localhost -ign_eof " + more + " 2>&1";
    return run_command({{"/bin/sh", "-c", command}, {}, {}, {}}, 2 * patience).out;
  };
  BOOST_TEST(s_client("-sess_out " + session).find("New, TLSv1.3") != std::string::npos);
  server.upgrade();
  const std::string after = s_client("-sess_in " + session);
  BOOST_TEST(after.find("Reused, TLSv1.3") != std::string::npos, after);
  BOOST_TEST(after.find("\n2") != std::string::npos, after);
}

BOOST_AUTO_TEST_CASE(both_generations_open_each_others_tickets_while_the_old_one_drains) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--drain.idle", "linger", "--drain.linger", "10s"}))};
  const endpoint where = server.address();
  const pid_t old = server.pid();
  tls_client before{where, speaking(12)};
  BOOST_TEST(before.get("/generation").body == "1");
  server.signal(SIGUSR2);
  server.await(2);
  tls_wishes again = speaking(12);
  again.resume = before.ticket();
  tls_client next{where, again};
  BOOST_TEST(next.resumed());
  BOOST_TEST(next.get("/generation").body == "2");
  const reply last = before.get("/generation");
  BOOST_TEST(last.body == "1");
  BOOST_TEST(last.closes());
  BOOST_TEST((before.await_end() == tls_ending::farewell));
  BOOST_TEST(server.wait(old) == 0);
}

BOOST_AUTO_TEST_CASE(where_connections_move_those_with_tls_linger_and_end_politely) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--drain.idle", "transfer", "--drain.linger", "2s", "--listen",
                                                   "127.0.0.1:0", "--listen", "redirect://127.0.0.1:0"}))};
  const auto addresses = server.latest().addresses;
  const pid_t old = server.pid();
  tls_client asks{addresses[0]};
  tls_client silent{addresses[0]};
  raw_client plain{addresses[1]};
  for (tls_client* const each : {&asks, &silent}) BOOST_TEST(each->get("/generation").body == "1");
  BOOST_TEST(plain.get("/generation").body == "1");
  server.signal(SIGUSR2);
  server.await(2);
  const reply last = asks.get("/generation");
  BOOST_TEST(last.body == "1");
  BOOST_TEST(last.closes());
  BOOST_TEST((asks.await_end() == tls_ending::farewell));
  BOOST_TEST((silent.await_end() == tls_ending::farewell));
  BOOST_TEST(plain.get("/generation").body == "2");
  raw_client redirected{addresses[2]};
  BOOST_TEST(redirected.get("/").status == 308);
  BOOST_TEST(server.wait(old) == 0);
}

BOOST_AUTO_TEST_CASE(half_handshakes_do_not_hold_the_old_process_past_their_deadline) {
  const https_site site;
  server_process server{
      demo(site.flags({"main"}, {"--drain.fresh", "300ms", "--tls.handshake_timeout", sanitised ? "8s" : "3s"}))};
  raw_client silent{server.address()};
  raw_client half{server.address()};
  half.send(std::string{"\x16\x03\x01\x02\x00\x01", 6});
  server.upgrade();
  BOOST_TEST((silent.await_end() != ending::open));
  BOOST_TEST((half.await_end() != ending::open));
  BOOST_TEST(tls_client(server.address()).get("/generation").body == "2");
}

BOOST_AUTO_TEST_CASE(new_tls_clients_are_served_without_a_gap_while_upgrades_run) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--drain.linger", "100ms"}))};
  const endpoint where = server.address();
  std::atomic<bool> stop{false};
  auto served = std::async(std::launch::async, [&] {
    int count = 0;
    for (; !stop; ++count) {
      if (tls_client{where}.get("/plaintext", "Connection: close\r\n").body != "Hello, World!") return -1;
    }
    return count;
  });
  for (int i = 0; i < 3; ++i) server.upgrade();
  stop = true;
  BOOST_TEST(served.get() > 0);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_loses_no_request_when_it_comes_back_after_each_polite_end) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--drain.idle", "transfer", "--drain.linger", "5s"}))};
  const endpoint where = server.address();
  std::atomic<bool> stop{false};
  auto served = std::async(std::launch::async, [&] {
    int count = 0;
    while (!stop) {
      tls_client client{where};
      for (bool open = true; open && !stop; ++count) {
        const reply answer = client.get("/plaintext");
        if (answer.status != 200) return -1;
        open = !answer.closes();
      }
    }
    return count;
  });
  for (int i = 0; i < 3; ++i) server.upgrade();
  stop = true;
  BOOST_TEST(served.get() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
