// Upgrades that go wrong late or are interrupted: the clients must not notice.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <memory>

#include "load_checks.hpp"
#include "load_clients.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

struct fixture : leak_check {
  temporary_directory directory;

  [[nodiscard]] std::string conf(const std::string& pid_file) const {
    return directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 2\npid_file = " + pid_file + "\n");
  }
};

// Requests that take a while, sent on connections that have been answered before.
std::vector<std::unique_ptr<raw_client>> under_way(const server_process& server, int count, std::string_view path) {
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.address()));
    BOOST_REQUIRE(clients.back()->get("/plaintext").status == 200);
    clients.back()->send(get_request(path));
  }
  return clients;
}

// And goes, so that nobody lingers for it.
void each_is_answered(std::vector<std::unique_ptr<raw_client>>& clients, std::string_view body) {
  for (const auto& each : clients) {
    reply answer;
    BOOST_CHECK_NO_THROW(answer = each->read());
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == body);
  }
  clients.clear();
}

// Neither those that have served nor any that never came to it.
void nobody_is_left(server_process& server, pid_t first) {
  BOOST_TEST(eventually(patience, [&] { return !proc::alive(first) && proc::children(first).empty(); }));
  for (const generation& each : server.generations()) {
    BOOST_TEST(eventually(patience, [&] { return each.pid == first || server.ended(each.pid); }));
  }
  BOOST_TEST(eventually(patience, [&] { return proc::children(::getpid()).empty(); }));
}

// TERM to the first generation when `when` says so. Either the second serves, or all has been drained.
template <class Moment>
void term_at(Moment&& when) {
  server_process server{demo({"--drain.idle", "linger", "--drain.linger", "300ms"})};
  const pid_t first = server.pid();
  const auto where = server.address();
  auto clients = under_way(server, 4, "/sleep?ms=400");
  BOOST_REQUIRE(get(where, "/generation").body == "1");
  server.signal(first, SIGUSR2);
  when(server);
  server.signal(first, SIGTERM);
  each_is_answered(clients, "slept 400");
  BOOST_TEST(server.wait(first) == 0, server.log());
  // Whoever was to be the second has been ended before the first has, or holds the listener and serves.
  if (!refuses(where)) {
    const generation second = server.await(2);
    BOOST_TEST(get(where, "/generation").body == "2");
    BOOST_TEST(proc::children(second.pid).empty());
    BOOST_TEST(server.stop() == 0);
  }
  nobody_is_left(server, first);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(interruption, fixture)

BOOST_AUTO_TEST_CASE(a_pid_file_that_the_new_process_cannot_write_costs_no_request) {
  const std::string file = directory / "baton.pid";
  server_process server{bare_demo({"--config", conf(file)})};
  const std::string own = std::to_string(server.pid()) + "\n";
  BOOST_TEST(directory.read("baton.pid") == own);
  load clients{server.address()};
  static_cast<void>(conf(directory / "absent/baton.pid"));
  for (int i = 0; i < 5; ++i) {
    await_progress(clients.accounts());
    const auto from = server.log().size();
    server.signal(SIGUSR2);
    BOOST_TEST(server.logs("generation 1 keeps serving", patience, from), server.log().substr(from));
    BOOST_TEST(server.log().find("cannot write the pid file", from) != std::string::npos);
    BOOST_TEST(directory.read("baton.pid") == own);
  }
  await_progress(clients.accounts());
  clients.stop();
  check_nothing_lost(clients.accounts());
  check_nothing_closed(clients.accounts());
  BOOST_TEST(server.generations().size() == 1U);
  static_cast<void>(conf(file));
  server.upgrade();
  BOOST_TEST(eventually(patience, [&] { return directory.read("baton.pid") == std::to_string(server.pid()) + "\n"; }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(one_term_to_a_process_that_drains_for_its_successor_cuts_nothing) {
  server_process server;
  const auto old = server.latest();
  auto clients = under_way(server, 8, "/sleep?ms=1500");
  BOOST_REQUIRE(get(server.address(), "/generation").body == "1");
  server.signal(SIGUSR2);
  const auto next = server.await(2);
  BOOST_REQUIRE(!server.ended(old.pid));
  const auto from = server.log().size();
  server.signal(old.pid, SIGTERM);
  BOOST_TEST(server.logs("generation 1 drains already", patience, from), server.log().substr(from));
  each_is_answered(clients, "slept 1500");
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(server.latest().pid == next.pid);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_term_to_a_process_that_drains_for_its_successor_ends_it_at_once) {
  server_process server;
  const auto old = server.latest();
  const auto clients = under_way(server, 1, "/sleep?ms=60000");
  BOOST_REQUIRE(get(server.address(), "/generation").body == "1");
  server.signal(SIGUSR2);
  const auto next = server.await(2);
  const auto from = server.log().size();
  server.signal(old.pid, SIGTERM);
  BOOST_REQUIRE(server.logs("generation 1 drains already", patience, from));  // signals of one kind do not queue
  BOOST_TEST(!server.ended(old.pid));
  server.signal(old.pid, SIGTERM);
  BOOST_TEST(server.wait(old.pid) == 1);
  BOOST_TEST((clients.front()->await_end() != ending::open));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(next.pid));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(term_right_behind_usr2_cuts_nothing_and_leaves_nobody) {
  for (int round = 0; round < 3; ++round) term_at([](const server_process&) {});
}

// Spread over the start and somewhat beyond: whatever moment is met, the same must hold.
BOOST_AUTO_TEST_CASE(term_while_the_new_process_starts_cuts_nothing_and_leaves_nobody) {
  for (auto after = 0ms; after <= 40ms; after += 5ms) {
    BOOST_TEST_CONTEXT(after.count() << " ms") {
      term_at([after](const server_process& server) {
        BOOST_REQUIRE(server.logs("starting generation 2"));
        std::this_thread::sleep_for(after);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(term_when_the_new_process_is_ready_cuts_nothing_and_leaves_it_serving) {
  for (int round = 0; round < 3; ++round) {
    term_at([](const server_process& server) { BOOST_REQUIRE(server.logs("generation 2 is ready")); });
  }
}

BOOST_AUTO_TEST_SUITE_END()
