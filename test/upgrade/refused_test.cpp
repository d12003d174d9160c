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

// The new version may open no more than 45 descriptors.
void upgrade_to_a_poor_one(std::vector<std::string> flags) {
  flags.insert(flags.end(), {"--drain.idle", "transfer", "--drain.linger", "30s"});
  const staged_program program;
  server_process server{program.started(std::move(flags))};
  std::vector<std::unique_ptr<raw_client>> idle;
  for (int i = 0; i < clients; ++i) {
    idle.push_back(std::make_unique<raw_client>(server.address()));
    BOOST_TEST(idle.back()->get("/generation").body == "1");
  }
  program.replace_with_text("#!/bin/sh\nulimit -n 45\nexec '" + demo_program() + "' \"$@\"\n");
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

BOOST_FIXTURE_TEST_SUITE(refused, leak_check, *boost::unit_test::enable_if<descriptors_may_run_out>())

BOOST_AUTO_TEST_CASE(a_new_process_that_counts_its_descriptors_takes_what_it_can_and_the_rest_lingers) {
  upgrade_to_a_poor_one({});
}

BOOST_AUTO_TEST_CASE(a_new_process_that_runs_out_of_descriptors_in_the_middle_loses_none) {
  upgrade_to_a_poor_one({"--limits.connections", "1000"});
}

BOOST_AUTO_TEST_SUITE_END()
