// shutdown.delay and shutdown.readiness: balancers see that a server is about to go before it does.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

launch delayed(const char* delay) {
  return demo({"--shutdown.readiness", "/readyz", "--shutdown.delay", delay});
}

int readiness(const endpoint& where) {
  return get(where, "/readyz").status;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(readiness_route, leak_check)

BOOST_AUTO_TEST_CASE(it_says_ready_while_the_process_serves) {
  server_process server{demo({"--shutdown.readiness", "/readyz"})};
  const auto answer = get(server.address(), "/readyz");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "ready\n");
  BOOST_TEST((answer.field("cache-control") == "no-store"));
  server.upgrade();
  BOOST_TEST(readiness(server.address()) == 200);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(there_is_none_unless_asked_for) {
  server_process server;
  BOOST_TEST(readiness(server.address()) == 404);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(in_the_delay_it_says_503_and_everything_else_is_served_as_ever) {
  server_process server{delayed("1s")};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/plaintext").status == 200);
  server.signal(SIGTERM);
  BOOST_TEST(eventually(patience, [&] { return readiness(server.address()) == 503; }));
  const auto answer = kept.get("/plaintext");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(!answer.closes());
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(the_drain_begins_when_the_delay_is_over) {
  server_process server{delayed("600ms")};
  const auto start = std::chrono::steady_clock::now();
  server.signal(SIGTERM);
  BOOST_TEST(server.wait(server.pid()) == 0);
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 600ms));
}

BOOST_AUTO_TEST_CASE(it_says_503_in_the_drain_as_well) {
  server_process server{demo({"--shutdown.readiness", "/readyz", "--drain.idle", "linger", "--drain.linger", "10s"})};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/readyz").status == 200);
  server.signal(SIGTERM);
  BOOST_TEST(eventually(patience, [&] { return refuses(server.address()); }));
  const auto answer = kept.get("/readyz");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body == "stopping\n");
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_delay_and_the_process) {
  server_process server{delayed("1h")};
  server.signal(SIGTERM);
  BOOST_TEST(eventually(patience, [&] { return readiness(server.address()) == 503; }));
  server.signal(SIGINT);
  BOOST_TEST(server.wait(server.pid()) == 1);
}

BOOST_AUTO_TEST_CASE(no_upgrade_begins_in_the_delay) {
  server_process server{delayed("700ms")};
  server.signal(SIGTERM);
  BOOST_TEST(eventually(patience, [&] { return readiness(server.address()) == 503; }));
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("upgrade asked for by SIGUSR2"));
  BOOST_TEST(server.logs("refused: "));
  BOOST_TEST(server.wait(server.pid()) == 0);
  BOOST_TEST(server.generations().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_upgrade_has_no_delay_and_the_old_process_stays_ready_for_whom_it_has) {
  server_process server{demo({"--shutdown.readiness", "/readyz", "--shutdown.delay", "1h", "--drain.idle", "linger",
                              "--drain.linger", "10s"})};
  const auto old = server.latest();
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/readyz").status == 200);
  server.signal(SIGUSR2);
  server.await(2);
  BOOST_TEST(kept.get("/readyz").status == 200);
  BOOST_TEST(server.wait(old.pid) == 0);
  server.signal(SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_path_that_the_program_has_taken_is_a_clear_error_at_the_start) {
  const auto outcome = run_command(demo({"--shutdown.readiness", "/plaintext"}));
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err.find("shutdown.readiness: cannot add a route") != std::string::npos, outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()
