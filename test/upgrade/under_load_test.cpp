// Upgrades while every kind of client is busy: not one request may fail, and what stays ends in good order. Where idle
// connections linger not even the keep-alive race may lose one; where they are closed at once only that race may.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <iostream>

#include "load_checks.hpp"
#include "load_clients.hpp"
#include "staying_clients.hpp"
#include "support/https_site.hpp"
#include "support/leak_check.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

constexpr unsigned upgrades = sanitised ? 3 : 6;

void run(const std::string& idle_policy, keep_alive_race race) {
  const temporary_directory directory;
  const https_site site;
  auto how = demo(site.flags({"main"}, {"--listen", "127.0.0.1:0", "--drain.idle", idle_policy, "--drain.linger",
                                        sanitised ? "4s" : "1500ms"}));
  how.environment = {{"HOTCHECK_EXEC_LOG", directory / "runs"}};
  server_process server{how};
  // Nobody pauses for longer than idle connections linger.
  const auto addresses = server.latest().addresses;
  load clients{addresses[1], {.slow = 400ms, .rest = 800ms}};
  staying_clients staying{addresses[1], addresses[0]};
  await_progress(clients.accounts());
  await_progress(staying.accounts());
  for (unsigned i = 0; i < upgrades; ++i) {
    const auto old = server.latest();
    server.signal(old.pid, SIGUSR2);
    server.await(old.number + 1, 2 * patience);
    BOOST_TEST(server.wait(old.pid, 2 * patience) == 0);
  }
  await_progress(staying.accounts());
  staying.stop();
  clients.stop();
  std::cout << "drain.idle = " << idle_policy << ", " << upgrades << " upgrades\n";
  print(std::cout, clients.accounts());
  print(std::cout, staying.accounts());
  check_nothing_lost(clients.accounts(), race);
  check_nothing_lost(staying.accounts(), race);
  for (const auto* each : staying.accounts()) BOOST_TEST(each->count(parting::announced) != 0U, each->name());
  check_runs(directory.read("runs"), clients.posted());
  BOOST_TEST(server.latest().number == upgrades + 1);
  BOOST_TEST(server.stop() == 0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(under_load, leak_check)

BOOST_AUTO_TEST_CASE(no_request_is_lost_while_idle_connections_linger) {
  run("linger", keep_alive_race::forbidden);
}

BOOST_AUTO_TEST_CASE(no_request_is_lost_while_connections_move_and_others_stay) {
  run("transfer", keep_alive_race::forbidden);
}

BOOST_AUTO_TEST_CASE(only_the_keep_alive_race_loses_any_while_idle_connections_are_closed) {
  run("close", keep_alive_race::allowed);
}

BOOST_AUTO_TEST_SUITE_END()
