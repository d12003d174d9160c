// Connections that move to the new process: over many upgrades not one request of any kind of client is
// lost, and not one connection is closed.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "load_checks.hpp"
#include "load_clients.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/relay.hpp"
#include "support/server_process.hpp"
#include "support/sockets.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

// For longer runs than every build can afford.
unsigned number_of_upgrades(unsigned usual, unsigned with_sanitizers) {
  const char* const wanted = std::getenv("BATON_TEST_UPGRADES");
  return wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : sanitised ? with_sanitizers : usual;
}

launch transferring(std::vector<std::string> flags = {}) {
  flags.insert(flags.end(), {"--drain.idle", "transfer"});
  return demo(std::move(flags));
}

// What a process holds besides connections.
std::vector<std::string> own_descriptors(pid_t pid) {
  auto found = proc::descriptors(pid);
  std::erase(found, "socket tcp");
  return found;
}

// Requests that last about as long as an upgrade, so that each upgrade meets some and waits for few.
constexpr load_shape short_requests{.slow = 120ms, .rest = 1500ms};

class busy_server {
 public:
  explicit busy_server(std::chrono::microseconds each_way) : server_{launched()} {
    first_ = server_.latest();
    descriptors_ = own_descriptors(first_.pid);
    threads_ = proc::threads(first_.pid);
    if (each_way.count() > 0) wire_.emplace(first_.addresses.front(), each_way);
    clients_.emplace(wire_ ? wire_->address() : first_.addresses.front(), short_requests);
    await_progress(clients_->accounts());
  }

  void upgrade(unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      const auto old = server_.latest();
      server_.signal(old.pid, SIGUSR2);
      server_.await(old.number + 1, 2 * patience);
      BOOST_TEST(server_.wait(old.pid, 2 * patience) == 0);
    }
    BOOST_TEST(server_.latest().number == times + 1);
  }

  void check_and_stop(const std::string& what) {
    await_progress(clients_->accounts());
    clients_->stop();
    std::cout << what << '\n';
    print(std::cout, clients_->accounts());
    check_nothing_lost(clients_->accounts());
    check_nothing_closed(clients_->accounts());
    check_runs(directory_.read("runs"), clients_->posted());
    nothing_leaked();
    wire_.reset();
    BOOST_TEST(server_.stop() == 0);
  }

 private:
  [[nodiscard]] launch launched() const {
    auto how = transferring({"--upgrade.guard", "0s"});
    how.environment = {{"HOTCHECK_EXEC_LOG", directory_ / "runs"}};
    return how;
  }

  void nothing_leaked() {
    const auto last = server_.pid();
    static_cast<void>(eventually(patience, [&] { return own_descriptors(last) == descriptors_; }));
    BOOST_TEST(own_descriptors(last) == descriptors_, boost::test_tools::per_element());
    BOOST_TEST(proc::threads(last) == threads_);
    BOOST_TEST(proc::children(last).empty());
    for (const auto& each : server_.generations()) BOOST_TEST((each.pid == last || server_.ended(each.pid)));
  }

  const temporary_directory directory_;
  server_process server_;
  generation first_;
  std::vector<std::string> descriptors_;
  std::size_t threads_ = 0;
  std::optional<relay> wire_;
  std::optional<load> clients_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(transfer, leak_check)

BOOST_AUTO_TEST_CASE(a_hundred_upgrades_under_mixed_load_lose_no_request_and_close_no_connection) {
  const auto times = number_of_upgrades(100, 6);
  busy_server server{0us};
  server.upgrade(times);
  server.check_and_stop(std::to_string(times) + " upgrades");
}

BOOST_AUTO_TEST_CASE(with_ten_milliseconds_each_way_upgrades_lose_no_request_and_close_no_connection) {
  const auto times = number_of_upgrades(20, 4);
  busy_server server{10ms};
  server.upgrade(times);
  server.check_and_stop(std::to_string(times) + " upgrades, 10 ms each way");
}

BOOST_AUTO_TEST_CASE(connections_open_before_the_first_of_twenty_upgrades_are_the_same_after_the_last) {
  const unsigned times = sanitised ? 5 : 20;
  // The deadlines go on while connections move, and this may take longer than the usual ones.
  server_process server{transferring({"--upgrade.guard", "0s", "--timeouts.head", "1h", "--timeouts.idle", "1h"})};
  std::vector<std::unique_ptr<raw_client>> used;
  std::vector<std::unique_ptr<raw_client>> silent;
  for (int i = 0; i < 20; ++i) {
    used.push_back(std::make_unique<raw_client>(server.address()));
    BOOST_REQUIRE(used.back()->get("/generation").body == "1");
    silent.push_back(std::make_unique<raw_client>(server.address()));
  }
  const auto port = local_port(used.front()->native());
  for (unsigned i = 2; i <= times + 1; ++i) {
    BOOST_REQUIRE(server.upgrade().number == i);
    // Some rest over all upgrades, some are used by every generation.
    for (std::size_t k = 0; k < used.size(); k += 2) BOOST_TEST(used[k]->get("/generation").body == std::to_string(i));
  }
  for (auto* group : {&used, &silent}) {
    for (const auto& each : *group) {
      BOOST_TEST((each->end() == ending::open));
      const auto answer = each->get("/generation");
      BOOST_TEST(answer.body == std::to_string(times + 1));
      BOOST_TEST(!answer.closes());
    }
  }
  BOOST_TEST(local_port(used.front()->native()) == port);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
