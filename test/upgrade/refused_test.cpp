// Connections that the new process cannot take: they stay where they are and leave politely, and none is lost.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;

namespace {

constexpr int clients = 100;

// UBSan looks at memory through a pipe of its own: without descriptors it complains of everything.
#ifdef __SANITIZE_ADDRESS__
constexpr bool descriptors_may_run_out = false;
#else
constexpr bool descriptors_may_run_out = true;
#endif

using kept = std::vector<std::unique_ptr<raw_client>>;

kept idle_connections(const server_process& server) {
  kept idle;
  for (int i = 0; i < clients; ++i) {
    idle.push_back(std::make_unique<raw_client>(server.address()));
    BOOST_TEST(idle.back()->get("/generation").body == "1");
  }
  return idle;
}

// Some have moved, the others are answered by the old process once more, which ends then.
void upgrade_takes_some(server_process& server, kept idle) {
  const auto old = server.latest();
  server.signal(SIGUSR2);
  server.await(2);
  BOOST_TEST(server.logs("refuses connections"));
  int moved = 0;
  int stayed = 0;
  for (auto& each : idle) {
    const auto answer = each->get("/generation");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.closes() == (answer.body == "1"));
    ++(answer.body == "2" ? moved : stayed);
  }
  BOOST_TEST(moved > 0);
  BOOST_TEST(stayed > 0);
  BOOST_TEST(moved + stayed == clients);
  idle.clear();
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(get(server.address(), "/generation").body == "2");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refused, leak_check)

BOOST_AUTO_TEST_CASE(a_new_process_takes_as_many_as_it_may_and_the_rest_lingers) {
  const temporary_directory directory;
  const std::string conf =
      "listen = 127.0.0.1:0\nthreads = 2\n[drain]\nidle = transfer\nlinger = 30s\n[upgrade]\nguard = 0\n";
  const auto file = directory.write("conf", conf);
  server_process server{bare_demo({"--config", file})};
  auto idle = idle_connections(server);
  directory.write("conf", conf + "[limits]\nconnections = 20\n");
  upgrade_takes_some(server, std::move(idle));
}

BOOST_AUTO_TEST_CASE(a_new_process_that_runs_out_of_descriptors_in_the_middle_loses_none,
                     *boost::unit_test::enable_if<descriptors_may_run_out>()) {
  const staged_program program;
  server_process server{
      program.started({"--limits.connections", "1000", "--drain.idle", "transfer", "--drain.linger", "30s"})};
  auto idle = idle_connections(server);
  program.replace_with_text("#!/bin/sh\nulimit -n 45\nexec '" + demo_program() + "' \"$@\"\n");
  upgrade_takes_some(server, std::move(idle));
}

BOOST_AUTO_TEST_SUITE_END()
