// Reloads among everything else: under load, many at once, before and during an upgrade. No request may fail
// and no connection may be closed for one.
#include <signal.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <iostream>

#include "load_checks.hpp"
#include "load_clients.hpp"
#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

struct fixture : leak_check {
  const temporary_directory directory;

  std::string conf(std::string_view text) const { return directory.write("baton.conf", text); }

  void reload(const server_process& server, std::string_view text, std::string_view expected) const {
    conf(text);
    const auto from = server.log().size();
    server.signal(SIGHUP);
    BOOST_REQUIRE_MESSAGE(server.logs(expected, patience, from), server.log().substr(from));
  }
  endpoint socket(std::string_view name = "socket") const { return endpoint::parse("unix:" + directory / name); }
};

ino_t inode_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

// Reloads close nobody, and not even announce it.
void check_nobody_closed(load& clients, const temporary_directory& directory) {
  clients.stop();
  print(std::cout, clients.accounts());
  check_nothing_lost(clients.accounts());
  check_nothing_closed(clients.accounts());
  check_runs(directory.read("runs"), clients.posted());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reload_suite, fixture)

BOOST_AUTO_TEST_CASE(fifty_signals_under_load_cost_no_request_and_no_connection) {
  constexpr int signals = 50;
  auto how = demo({"--config", conf("version = 0\n[limits]\nbody = 8m\n")});
  how.environment = {{"HOTCHECK_EXEC_LOG", directory / "runs"}};
  server_process server{how};
  load clients{server.address(), {.slow = 400ms, .rest = 800ms}};
  await_progress(clients.accounts());
  const auto descriptors = proc::descriptors(server.pid()).size();
  for (int i = 1; i <= signals; ++i) {
    const auto version = std::to_string(i);
    const bool bad = i % 5 == 0;
    conf("version = " + version + "\n[limits]\nbody = " + (bad ? "lots" : version + "m") + "\n");
    const auto from = server.log().size();
    server.signal(i % 2 == 0 ? SIGUSR1 : SIGHUP);
    // Every third one meets its predecessor's reload.
    if (i % 3 != 0) BOOST_TEST(server.logs(bad ? "configuration unchanged" : "configuration reloaded", patience, from));
  }
  conf("version = last\n");
  server.signal(SIGHUP);
  BOOST_TEST(eventually(patience, [&] { return get(server.address(), "/version").body == "last"; }));
  check_nobody_closed(clients, directory);
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()).size() <= descriptors; }));
  BOOST_TEST(server.generations().size() == 1U);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(listeners_that_come_and_go_under_load_cost_the_others_nothing) {
  const std::string stays = "listen = 127.0.0.1:0\n";
  const std::string more = "listen = unix:" + directory / "socket" + "\nlisten = [::1]:0\n";
  auto how = bare_demo({"--config", conf(stays), "--threads", "2"});
  how.environment = {{"HOTCHECK_EXEC_LOG", directory / "runs"}};
  server_process server{how};
  load clients{server.address(), {.slow = 400ms, .rest = 800ms}};
  await_progress(clients.accounts());
  std::vector<std::unique_ptr<raw_client>> through;  // connections that outlive their listeners
  for (int i = 0; i < 10; ++i) {
    reload(server, i % 2 == 0 ? stays + more : more + stays, "[::1]:");
    BOOST_REQUIRE(eventually(patience, [&] { return std::filesystem::exists(directory / "socket"); }));
    through.push_back(std::make_unique<raw_client>(socket()));
    for (const auto& each : through) BOOST_TEST(each->get("/plaintext").status == 200);
    reload(server, stays, directory / "socket is not served any more");
    BOOST_TEST(!std::filesystem::exists(directory / "socket"));
    for (const auto& each : through) BOOST_TEST(each->get("/plaintext").status == 200);
  }
  check_nobody_closed(clients, directory);
  BOOST_TEST(server.stop() == 0);
}

// Those that have connected when the listener goes have been promised an answer.
BOOST_AUTO_TEST_CASE(who_waits_in_the_queue_of_a_listener_that_goes_is_served) {
  const std::string stays = "listen = 127.0.0.1:0\n";
  const std::string both = stays + "listen = unix:" + directory / "socket" + "\n";
  server_process server{bare_demo({"--config", conf(both), "--threads", "1"})};
  raw_client busy{server.address()};
  BOOST_TEST(busy.get("/plaintext").status == 200);
  server.signal(SIGSTOP);  // so that they stay in the queue
  conf(stays);
  server.signal(SIGHUP);
  std::vector<std::unique_ptr<raw_client>> queued;
  for (int i = 0; i < 20; ++i) {
    queued.push_back(std::make_unique<raw_client>(socket()));
    queued.back()->send(get_request("/plaintext"));
  }
  server.signal(SIGCONT);
  for (const auto& each : queued) BOOST_TEST(each->read().status == 200);
  BOOST_TEST(server.logs("socket is not served any more"));
}

BOOST_AUTO_TEST_CASE(what_was_reloaded_is_handed_over_by_the_next_upgrade) {
  const std::string text =
      "listen = 127.0.0.1:0\nlisten = unix:" + directory / "socket" + "\nversion = new\n[limits]\nbody = 10\n";
  server_process server{bare_demo({"--config", conf("listen = 127.0.0.1:0\n"), "--threads", "2"})};
  const auto before = server.address();
  reload(server, text, "configuration reloaded");
  BOOST_TEST(get(socket(), "/version").body == "new");
  const auto inode = inode_of(directory / "socket");
  const generation next = server.upgrade();
  BOOST_REQUIRE(next.addresses.size() == 2U);
  BOOST_TEST(next.addresses.front().text() == before.text());
  BOOST_TEST(inode_of(directory / "socket") == inode);  // not bound anew
  for (const endpoint& each : next.addresses) {
    BOOST_TEST(get(each, "/generation").body == "2");
    raw_client client{each};
    client.send(post_request("/echo", "more than ten bytes"));
    BOOST_TEST(client.read().status == 413);
  }
  reload(server, "listen = 127.0.0.1:0\n", directory / "socket is not served any more");
  BOOST_TEST(server.upgrade().addresses.size() == 1U);
  BOOST_TEST(get(before, "/generation").body == "3");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(while_an_upgrade_is_under_way_it_is_refused_and_afterwards_it_works) {
  const staged_program program;
  const auto file = conf("version = old\n");
  server_process server{program.started({"--config", file, "--upgrade.timeout", sanitised ? "8s" : "2s"})};
  program.replace_with_script("exec sleep 60");
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("serving -> upgrading"));
  conf("version = new\n");
  for (const int number : {SIGHUP, SIGUSR1}) server.signal(number);
  BOOST_TEST(server.logs("generation 1 is upgrading; it keeps its configuration"));
  BOOST_TEST(get(server.address(), "/version").body == "old");
  BOOST_TEST(server.logs("upgrading -> serving"));
  reload(server, "version = newer\n", "configuration reloaded");
  BOOST_TEST(get(server.address(), "/version").body == "newer");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_shorter_upgrade_timeout_holds_for_the_next_upgrade) {
  const staged_program program;
  const auto file = conf("[upgrade]\ntimeout = 1h\n");
  server_process server{program.started({"--config", file})};
  reload(server, "[upgrade]\ntimeout = 500ms\n", "configuration reloaded");
  program.replace_with_script("exec sleep 60");
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("upgrading -> serving"));
  BOOST_TEST(get(server.address(), "/generation").body == "1");
}

BOOST_AUTO_TEST_SUITE_END()
