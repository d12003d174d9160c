// Upgrades while every kind of client is busy: not one request may fail. Where idle connections linger
// not even the keep-alive race may lose one; where they are closed at once only that race may.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <iostream>
#include <map>
#include <sstream>

#include "load_clients.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

constexpr unsigned upgrades = sanitised ? 5 : 20;

// Each POST that was answered ran exactly once; none ran twice.
void check_runs(const std::string& log, const std::vector<std::string>& answered) {
  std::map<std::string, int> runs;
  std::istringstream lines{log};
  for (std::string id; std::getline(lines, id);) ++runs[id];
  for (const auto& [id, count] : runs) BOOST_TEST(count == 1, id << " ran " << count << " times");
  for (const auto& id : answered) BOOST_TEST(runs.contains(id), id << " was answered and never ran");
}

void check_progress(const load& clients) {
  for (const auto* each : clients.accounts()) {
    BOOST_TEST(each->count(fate::ok) > 0U, each->name());
    BOOST_TEST(each->count(fate::failed) == 0U, each->name());
  }
}

// Every class of clients has had an answer, so the upgrades meet all of them at work.
void warm_up(const load& clients) {
  for (const auto* each : clients.accounts()) {
    BOOST_REQUIRE(eventually(patience, [&] { return each->count(fate::ok) > 0; }));
  }
}

void run(const std::string& idle_policy, bool race_allowed) {
  const temporary_directory directory;
  auto how = demo({"--drain.idle", idle_policy, "--drain.linger", sanitised ? "4s" : "1500ms"});
  how.environment = {{"HOTCHECK_EXEC_LOG", directory / "runs"}};
  server_process server{how};
  load clients{server.address()};
  warm_up(clients);
  for (unsigned i = 0; i < upgrades; ++i) {
    const auto old = server.latest();
    server.signal(old.pid, SIGUSR2);
    server.await(old.number + 1, 2 * patience);
    BOOST_TEST(server.wait(old.pid, 2 * patience) == 0);
  }
  clients.stop();
  std::cout << "drain.idle = " << idle_policy << ", " << upgrades << " upgrades\n";
  print(std::cout, clients.accounts());
  check_progress(clients);
  for (const auto* each : clients.accounts()) {
    if (!race_allowed || !each->keeps()) BOOST_TEST(each->count(fate::lost_idle) == 0U, each->name());
  }
  check_runs(directory.read("runs"), clients.posted());
  BOOST_TEST(server.latest().number == upgrades + 1);
  BOOST_TEST(server.stop() == 0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(under_load, leak_check)

BOOST_AUTO_TEST_CASE(no_request_is_lost_while_idle_connections_linger) {
  run("linger", false);
}

BOOST_AUTO_TEST_CASE(only_the_keep_alive_race_loses_any_while_idle_connections_are_closed) {
  run("close", true);
}

BOOST_AUTO_TEST_SUITE_END()
