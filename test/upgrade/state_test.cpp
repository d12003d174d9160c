// State and counters pass from process to process: whole, in time, or the upgrade does not happen.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "kept_connection.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

// A state server, and the conf file that its next generation will read.
class stateful_server {
 public:
  explicit stateful_server(std::string_view first_conf, std::string guard = "0")
      : file_{configure(first_conf)},
        process_{launch{
            {STATE_SERVER, "--config", file_, "--drain.idle", "transfer", "--upgrade.guard", guard}, {}, {}, {}}} {}

  // `conf`: lines without a group come first, as in any conf file.
  std::string configure(std::string_view conf) const {
    return directory_.write("server.conf", "listen = 127.0.0.1:0\nthreads = 2\n" + std::string{conf});
  }
  [[nodiscard]] std::string file(std::string_view name) const { return directory_ / name; }
  void touch(std::string_view name) const { directory_.write(name, ""); }

  [[nodiscard]] server_process& process() noexcept { return process_; }
  [[nodiscard]] std::string ask(std::string_view path) const { return get(process_.address(), path).body; }
  void count(int times) const {
    raw_client client{process_.address()};
    for (int i = 0; i < times; ++i) {
      client.send(post_request("/counter", ""));
      BOOST_REQUIRE(client.read().status == 200);
    }
  }

  // The next upgrade fails with `reason`; everything is as before.
  void fails(std::string_view reason) {
    const auto before = process_.latest();
    const auto state = ask("/state");
    const auto from = process_.log().size();
    process_.signal(SIGUSR2);
    BOOST_TEST(process_.logs("keeps serving", patience, from), process_.log());
    BOOST_TEST(process_.logs(reason, patience, from), "expected `" << reason << "` in\n" << process_.log());
    BOOST_TEST(process_.latest().pid == before.pid);
    BOOST_TEST(ask("/state") == state);
    BOOST_TEST(eventually(patience, [&] { return proc::children(before.pid).empty(); }));
  }

 private:
  temporary_directory directory_;
  std::string file_;
  server_process process_;
};

std::string conf(std::string_view state_lines, std::string_view rest = {}) {
  return "[state]\n" + std::string{state_lines} + std::string{rest};
}

// Answers to one request after the other, from construction to `stop`, and the longest wait for one.
class steady_client {
 public:
  explicit steady_client(const endpoint& where) : thread_{[this, where] { run(where); }} {}
  ~steady_client() { stop(); }
  steady_client(const steady_client&) = delete;
  steady_client& operator=(const steady_client&) = delete;

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] int answers() const noexcept { return answers_; }
  [[nodiscard]] int failures() const noexcept { return failures_; }
  [[nodiscard]] std::chrono::microseconds longest() const noexcept { return std::chrono::microseconds{longest_}; }

 private:
  void run(const endpoint& where) {
    load_account account{"state", true};
    kept_connection connection{where, account};
    while (!stop_) {
      const auto start = std::chrono::steady_clock::now();
      try {
        connection.after(connection.ready().get("/state"));
        ++answers_;
      } catch (const std::exception&) {
        ++failures_;
        connection.drop();
      }
      const auto took = std::chrono::steady_clock::now() - start;
      longest_ = std::max<std::int64_t>(longest_, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<int> answers_ = 0;
  std::atomic<int> failures_ = 0;
  std::atomic<std::int64_t> longest_ = 0;
  std::thread thread_;
};

// POSTs to /counter, back to back, and counts the answers.
class counting_client {
 public:
  counting_client(const endpoint& where, bool keeps) : thread_{[this, where, keeps] { run(where, keeps); }} {}
  counting_client(const counting_client&) = delete;
  counting_client& operator=(const counting_client&) = delete;
  ~counting_client() { stop(); }

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::uint64_t counted() const noexcept { return counted_; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }
  /// Answers on one connection that were not more than the one before.
  [[nodiscard]] std::uint64_t went_back() const noexcept { return went_back_; }

 private:
  void run(const endpoint& where, bool keeps) {
    load_account account{"state", true};
    kept_connection connection{where, account};
    std::uint64_t last = 0;
    while (!stop_) {
      try {
        auto& http = connection.ready();
        if (!connection.reused()) last = 0;
        http.send(post_request("/counter", "", keeps ? "" : "Connection: close\r\n"));
        const auto answer = http.read();
        ++(answer.status == 200 ? counted_ : failed_);
        const std::uint64_t value = std::stoull(answer.body);
        if (value <= last) ++went_back_;
        last = value;
        connection.after(answer);
      } catch (const std::exception&) {
        ++failed_;
        connection.drop();
      }
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> counted_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::atomic<std::uint64_t> went_back_ = 0;
  std::thread thread_;
};

// Six of them, four of which keep their connections.
class counting_clients {
 public:
  explicit counting_clients(const endpoint& where) {
    for (int i = 0; i < 6; ++i) clients_.push_back(std::make_unique<counting_client>(where, i % 3 != 2));
  }

  // Until two hundred more have been counted.
  void go_on() {
    const auto before = counted();
    BOOST_REQUIRE(eventually(patience, [&] { return counted() > before + 200; }));
  }
  void stop() {
    for (auto& each : clients_) each->stop();
  }
  [[nodiscard]] std::uint64_t counted() const { return sum(&counting_client::counted); }
  [[nodiscard]] std::uint64_t failed() const { return sum(&counting_client::failed); }
  [[nodiscard]] std::uint64_t went_back() const { return sum(&counting_client::went_back); }

 private:
  [[nodiscard]] std::uint64_t sum(std::uint64_t (counting_client::*of)() const noexcept) const {
    std::uint64_t all = 0;
    for (const auto& each : clients_) all += ((*each).*of)();
    return all;
  }

  std::vector<std::unique_ptr<counting_client>> clients_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(state, leak_check)

BOOST_AUTO_TEST_CASE(it_passes_from_generation_to_generation) {
  stateful_server server{conf("size = 100000\n")};
  BOOST_TEST(server.ask("/state") == "100000 bytes made, right");
  server.configure(conf("size = 7\nversion = 2\n"));
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "100000 bytes loaded as version 1, right");
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "100000 bytes loaded as version 2, right");
  BOOST_TEST(server.process().stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_that_the_new_process_does_not_know_is_dropped_with_a_warning) {
  stateful_server server{conf("size = 10\n")};
  server.configure(conf("name = other\nsize = 20\n"));
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "20 bytes made, right");
  BOOST_TEST(server.process().logs("state `state` came from the predecessor, but this build does not know it"));
}

BOOST_AUTO_TEST_CASE(an_older_build_refuses_newer_state_unless_told_to_start_without) {
  stateful_server server{conf("size = 10\nversion = 2\n")};
  server.count(3);
  server.configure(conf("size = 20\nversion = 1\n"));
  server.fails("state `state`: has version 2, this build knows up to 1");
  server.configure(conf("size = 20\nversion = 1\n", "[upgrade]\nstate_limit = 0\n"));
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "20 bytes made, right");
  BOOST_TEST(server.ask("/counter") == "3");
}

BOOST_AUTO_TEST_CASE(a_load_that_throws_keeps_the_old_process_serving) {
  stateful_server server{conf("size = 10\n")};
  server.configure(conf("load = throws\n"));
  for (int i = 0; i < 3; ++i) server.fails("state `state`: load does not like it");
  server.configure(conf(""));
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "10 bytes loaded as version 1, right");
}

BOOST_AUTO_TEST_CASE(a_save_that_throws_keeps_the_old_process_serving) {
  stateful_server server{conf("size = 10\nsave = throws\n")};
  server.fails("state `state`: save does not like it");
}

BOOST_AUTO_TEST_CASE(more_than_the_new_process_takes_keeps_the_old_one_serving) {
  stateful_server server{conf("size = 2000000\n")};
  server.configure(conf("", "[upgrade]\nstate_limit = 1m\n"));
  server.fails("state `state`: the state is larger than upgrade.state_limit allows");
  server.configure(conf("", "[upgrade]\nstate_limit = 2000000\n"));
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "2000000 bytes loaded as version 1, right");
}

BOOST_AUTO_TEST_CASE(requests_are_served_while_a_save_takes_its_time) {
  const temporary_directory signs;
  stateful_server server{conf("size = 10\nsave = " + (signs / "go on") + "\n")};
  server.process().signal(SIGUSR2);
  BOOST_REQUIRE(server.process().logs("save begins"));
  for (int i = 0; i < 100; ++i) BOOST_REQUIRE(server.ask("/state") == "10 bytes made, right");
  BOOST_TEST(server.process().generations().size() == 1U);
  signs.write("go on", "");
  server.process().await(2);
  BOOST_TEST(server.ask("/state") == "10 bytes loaded as version 1, right");
}

BOOST_AUTO_TEST_CASE(a_save_that_does_not_end_fails_this_upgrade_and_holds_up_no_end) {
  const temporary_directory signs;
  stateful_server server{conf("size = 10\nsave = " + (signs / "go on") + "\n", "[upgrade]\ntimeout = 1s\n")};
  server.fails("ready");
  server.fails("the state is still being saved for an earlier upgrade");
  signs.write("go on", "");
  BOOST_TEST(server.process().stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_new_process_killed_while_it_loads_changes_nothing) {
  stateful_server server{conf("size = 10\n")};
  server.configure(conf("load = " + server.file("never") + "\n"));
  for (int i = 0; i < 3; ++i) {
    const auto from = server.process().log().size();
    server.process().signal(SIGUSR2);
    BOOST_REQUIRE(server.process().logs("load begins", patience, from));
    const auto children = proc::children(server.process().pid());
    BOOST_REQUIRE(children.size() == 1U);
    server.process().signal(children.front().pid, SIGKILL);
    BOOST_TEST(server.process().logs("the failed upgrade said: load begins", patience, from), server.process().log());
    BOOST_TEST(server.ask("/state") == "10 bytes made, right");
  }
  server.configure(conf(""));
  server.process().upgrade();
  BOOST_TEST(server.ask("/state") == "10 bytes loaded as version 1, right");
}

BOOST_AUTO_TEST_CASE(a_predecessor_killed_while_it_saves_leaves_a_new_process_that_serves) {
  stateful_server server{conf("size = 10\nsave = " + std::string{"/nonexistent/sign"} + "\n")};
  server.configure(conf("size = 20\n"));
  server.process().signal(SIGUSR2);
  BOOST_REQUIRE(server.process().logs("save begins"));
  server.process().signal(server.process().pid(), SIGKILL);
  server.process().await(2);
  BOOST_TEST(server.ask("/state") == "20 bytes made, right");
}

BOOST_AUTO_TEST_CASE(a_hundred_mebibytes_move_while_requests_go_on) {
  stateful_server server{conf("size = 104857600\n")};
  steady_client client{server.process().address()};
  BOOST_REQUIRE(eventually(patience, [&] { return client.answers() > 100; }));
  const auto quiet = client.longest();
  const auto before = client.answers();
  server.process().upgrade();
  const auto meanwhile = client.answers() - before;
  client.stop();
  BOOST_TEST_MESSAGE("longest wait for an answer: quiet " << quiet.count() << " us, with the upgrade "
                                                          << client.longest().count() << " us; answers meanwhile "
                                                          << meanwhile);
  BOOST_TEST(client.failures() == 0);
  BOOST_TEST(meanwhile > 50);
  BOOST_TEST(server.ask("/state") == "104857600 bytes loaded as version 1, right");
}

BOOST_AUTO_TEST_CASE(a_counter_is_exact_after_ten_upgrades_under_load) {
  server_process server{demo({"--drain.idle", "transfer", "--upgrade.guard", "0"})};
  counting_clients clients{server.address()};
  for (int i = 0; i < 10; ++i) {
    clients.go_on();
    server.upgrade();
  }
  clients.stop();
  BOOST_TEST(clients.failed() == 0U);
  BOOST_TEST(clients.went_back() == 0U);
  BOOST_TEST(get(server.address(), "/counter").body == std::to_string(clients.counted()));
  BOOST_TEST_MESSAGE(clients.counted() << " counted");
  BOOST_TEST(server.stop() == 0);
}

// What the new process has counted goes back with its connections.
BOOST_AUTO_TEST_CASE(a_counter_is_exact_after_an_upgrade_was_taken_back_under_load) {
  const temporary_directory signs;
  stateful_server server{conf("size = 10\n"), "1m"};
  server.configure(conf("sick = " + (signs / "sick") + "\n"));
  const auto first = server.process().latest();
  counting_clients clients{first.addresses.front()};
  clients.go_on();
  server.process().signal(SIGUSR2);
  const auto second = server.process().await(2);
  clients.go_on();
  signs.write("sick", "");
  BOOST_REQUIRE(server.process().logs("the upgrade is taken back"));
  clients.go_on();
  BOOST_TEST(eventually(patience, [&] { return server.process().ended(second.pid); }));
  clients.stop();
  BOOST_TEST(clients.failed() == 0U);
  BOOST_TEST(clients.went_back() == 0U);
  const auto all = std::to_string(clients.counted());
  BOOST_TEST(eventually(patience, [&] { return server.ask("/counter") == all; }), server.ask("/counter")
                                                                                      << " != " << all);
  BOOST_TEST(server.ask("/state") == "10 bytes made, right");
  server.process().signal(first.pid, SIGTERM);
  BOOST_TEST(server.process().wait(first.pid) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
