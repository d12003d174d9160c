// Upgrades that succeed: pids and generations, signals, replaced binaries, and nothing that gathers.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

constexpr unsigned many = sanitised ? 10 : 50;

std::string body(const server_process& server, std::string_view path) {
  return get(server.address(), path).body;
}

// SIGUSR2 is blocked, so `main` has begun; until then nothing could have been done about it.
bool blocks_usr2(pid_t pid) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) return (std::stoull(line.substr(7), nullptr, 16) >> (SIGUSR2 - 1) & 1U) != 0;
  }
  return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(succession, leak_check)

BOOST_AUTO_TEST_CASE(usr2_gives_a_new_pid_and_the_next_generation_while_the_old_exits_with_0) {
  server_process server;
  const auto old = server.latest();
  server.signal(SIGUSR2);
  const auto next = server.await(2);
  BOOST_TEST(next.pid != old.pid);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(body(server, "/pid") == std::to_string(next.pid));
  BOOST_TEST(body(server, "/generation") == "2");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_port_that_the_system_chose_is_kept) {
  server_process server{demo({"--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"})};
  const auto before = server.latest().addresses;
  server.upgrade();
  const auto after = server.latest().addresses;
  BOOST_REQUIRE(after.size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(after[i].port == before[i].port);
    BOOST_TEST(get(after[i], "/generation").body == "2");
  }
}

BOOST_AUTO_TEST_CASE(after_many_upgrades_descriptors_and_threads_are_those_of_the_first_generation) {
  server_process server;
  BOOST_TEST(body(server, "/generation") == "1");
  std::vector<std::string> descriptors;
  BOOST_TEST(eventually(patience, [&] {
    descriptors = proc::descriptors(server.pid());
    return std::find(descriptors.begin(), descriptors.end(), "socket tcp") == descriptors.end();
  }));
  const auto threads = proc::threads(server.pid());
  for (unsigned i = 2; i <= many; ++i) BOOST_REQUIRE(server.upgrade().number == i);
  BOOST_TEST(body(server, "/generation") == std::to_string(many));
  static_cast<void>(eventually(patience, [&] { return proc::descriptors(server.pid()) == descriptors; }));
  BOOST_TEST(proc::descriptors(server.pid()) == descriptors, boost::test_tools::per_element());
  BOOST_TEST(proc::threads(server.pid()) == threads);
  BOOST_TEST(proc::children(server.pid()).empty());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_request_under_way_is_finished_by_the_old_process) {
  server_process server;
  const auto old = server.latest();
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=1000"));
  BOOST_TEST(body(server, "/generation") == "1");
  server.signal(SIGUSR2);
  server.await(2);
  BOOST_TEST(body(server, "/generation") == "2");
  BOOST_TEST(!server.ended(old.pid));
  const auto answer = client.read();
  BOOST_TEST(answer.body == "slept 1000");
  BOOST_TEST(answer.closes());
  BOOST_TEST(server.wait(old.pid) == 0);
}

BOOST_AUTO_TEST_CASE(the_new_process_inherits_no_connection) {
  server_process server{demo({"--drain.idle", "linger", "--drain.linger", "20s"})};
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.address()));
    BOOST_TEST(clients.back()->get("/plaintext").status == 200);
  }
  const auto old = server.latest();
  server.signal(SIGUSR2);
  const auto next = server.await(2);
  const auto held = proc::descriptors(next.pid);
  BOOST_TEST(std::count(held.begin(), held.end(), "socket tcp") == 0);
  for (auto& each : clients) {
    const auto answer = each->get("/generation");
    BOOST_TEST(answer.body == "1");
    BOOST_TEST(answer.closes());
  }
  clients.clear();
  BOOST_TEST(server.wait(old.pid) == 0);
}

BOOST_AUTO_TEST_CASE(signals_that_arrive_together_count_once) {
  server_process server;
  const auto old = server.latest();
  for (int i = 0; i < 3; ++i) server.signal(old.pid, SIGUSR2);
  server.await(2);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(server.upgrade().number == 3U);
  BOOST_TEST(server.generations().size() == 3U);
}

BOOST_AUTO_TEST_CASE(signals_to_the_old_process_disturb_neither) {
  server_process server;
  const auto old = server.latest();
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=1000"));
  BOOST_TEST(body(server, "/generation") == "1");
  server.signal(SIGUSR2);
  server.await(2);
  for (const int number : {SIGUSR2, SIGHUP, SIGUSR1}) server.signal(old.pid, number);
  BOOST_TEST(client.read().body == "slept 1000");
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(server.generations().size() == 2U);
  BOOST_TEST(body(server, "/generation") == "2");
}

BOOST_AUTO_TEST_CASE(while_the_old_process_drains_the_next_upgrade_is_refused) {
  server_process server;
  const auto old = server.latest();
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=1500"));
  BOOST_TEST(body(server, "/generation") == "1");
  server.signal(SIGUSR2);
  const auto next = server.await(2);
  const auto from = server.log().size();
  server.signal(next.pid, SIGUSR2);
  BOOST_TEST(server.logs("refused", patience, from), server.log());
  // Both accept for a moment: the old one lets go of the listener when it has read READY.
  BOOST_TEST(eventually(patience, [&] { return body(server, "/generation") == "2"; }));
  BOOST_TEST(client.read().body == "slept 1500");
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(server.upgrade().number == 3U);
}

BOOST_AUTO_TEST_CASE(a_signal_during_the_start_does_not_kill) {
  server_process server{demo(), server_process::unawaited{}};
  const auto pid = server.child().pid();
  BOOST_REQUIRE(eventually(patience, [&] { return blocks_usr2(pid) || !server.generations().empty(); }));
  server.signal(pid, SIGUSR2);
  server.await(1);
  BOOST_TEST(body(server, "/plaintext") == "Hello, World!");
}

BOOST_AUTO_TEST_CASE(a_binary_replaced_by_rename_is_the_one_started) {
  const staged_program program;
  server_process server{program.started()};
  program.replace_with_version("second");
  server.upgrade();
  BOOST_TEST(body(server, "/version") == "second");
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_is_followed_anew) {
  const temporary_directory directory;
  for (const std::string version : {"first", "second"}) {
    fs::create_directory(directory.path() / version);
    directory.write(version + "/server", version_script(version), true);
  }
  fs::create_symlink("first", directory / "current");
  fs::remove(directory / "first/server");
  fs::create_symlink(demo_program(), directory / "first/server");
  auto how = demo();
  how.command.front() = directory / "current/server";
  server_process server{how};
  fs::create_symlink("second", directory / "current.new");
  fs::rename(directory / "current.new", directory / "current");
  server.upgrade();
  BOOST_TEST(body(server, "/version") == "second");
}

BOOST_AUTO_TEST_CASE(a_relative_path_is_resolved_from_the_start_directory) {
  const staged_program program;
  auto how = program.started();
  how.command.front() = "./server";
  how.directory = program.directory().path();
  server_process server{how};
  BOOST_TEST(server.upgrade().number == 2U);
  BOOST_TEST(server.upgrade().number == 3U);
}

BOOST_AUTO_TEST_CASE(arguments_and_environment_are_those_of_the_start) {
  const temporary_directory directory;
  auto how = demo({"--version", "spaced out"});
  how.environment = {{"HOTCHECK_EXEC_LOG", directory / "runs"}};
  server_process server{how};
  server.upgrade();
  server.upgrade();
  BOOST_TEST(body(server, "/version") == "spaced out");
  raw_client client{server.address()};
  client.send(post_request("/echo", "x", "X-Req-Id: third\r\n"));
  BOOST_TEST(client.read().body == "x");
  BOOST_TEST(directory.read("runs") == "third\n");
}

BOOST_AUTO_TEST_SUITE_END()
