// `--supervise`: a supervisor in front of the generations, as a plain process and as PID 1 of a namespace.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/service_manager.hpp"

using namespace baton::test;

namespace {

launch supervised(launch how) {
  how.command.insert(how.command.begin() + 1, "--supervise");
  return how;
}

launch in_namespace(launch how) {
  const char* const prefix[] = {"unshare", "--pid", "--fork", "--mount-proc"};
  how.command.insert(how.command.begin(), std::begin(prefix), std::end(prefix));
  return how;
}

boost::test_tools::assertion_result namespaces_are_allowed(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result{false};
  try {
    launch how;
    how.command = {"true"};
    result = boost::test_tools::assertion_result{run_command(in_namespace(how)).status == 0};
  } catch (const std::exception&) {
    result = boost::test_tools::assertion_result{false};
  }
  result.message() << "this process may not make a pid namespace (unshare --pid)";
  return result;
}

std::string body(const server_process& server, std::string_view path) {
  return get(server.address(), path).body;
}

/// The supervisor of a server in a namespace, by its pid out here.
pid_t first_process(server_process& server) {
  const auto children = proc::children(server.child().pid());
  BOOST_REQUIRE(children.size() == 1U);
  return children.front().pid;
}

/// Nothing is left below the supervisor but `count` living processes.
bool has_children(pid_t supervisor, std::size_t count) {
  return eventually(patience,
                    [&] { return proc::children(supervisor).size() == count && proc::zombies(supervisor) == 0; });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_supervisor, leak_check)

BOOST_AUTO_TEST_CASE(passes_a_signal_on_and_exits_with_the_servers_status) {
  server_process server{supervised(demo())};
  const auto supervisor = server.child().pid();
  BOOST_TEST(server.pid() != supervisor);
  BOOST_TEST(body(server, "/pid") == std::to_string(server.pid()));
  server.signal(supervisor, SIGTERM);
  BOOST_TEST(server.wait(supervisor) == 0);
}

BOOST_AUTO_TEST_CASE(follows_the_generations) {
  server_process server{supervised(demo())};
  const auto supervisor = server.child().pid();
  for (unsigned number = 2; number <= 4; ++number) {
    server.signal(supervisor, SIGUSR2);
    server.await(number);
    BOOST_TEST(has_children(supervisor, 1));
    BOOST_TEST(body(server, "/generation") == std::to_string(number));
  }
  BOOST_TEST(eventually(patience, [&] {
    const auto children = proc::children(supervisor);
    return children.size() == 1 && children.front().pid == server.pid();
  }));
  server.signal(supervisor, SIGINT);
  BOOST_TEST(server.wait(supervisor) == 0);
}

BOOST_AUTO_TEST_CASE(stays_while_a_predecessor_still_drains) {
  server_process server{supervised(demo())};
  const auto supervisor = server.child().pid();
  raw_client busy{server.address()};
  busy.send(get_request("/sleep?ms=1200"));
  BOOST_TEST(body(server, "/generation") == "1");
  server.signal(supervisor, SIGUSR2);
  server.await(2);
  server.signal(supervisor, SIGTERM);
  BOOST_TEST(busy.read().body == "slept 1200");
  BOOST_TEST(server.wait(supervisor) == 0);
}

BOOST_AUTO_TEST_CASE(follows_a_predecessor_that_takes_the_service_back) {
  server_process server{supervised(demo({"--upgrade.guard", "10s"}))};
  const auto supervisor = server.child().pid();
  const auto first = server.latest();
  server.signal(supervisor, SIGUSR2);
  const auto second = server.await(2);
  server.signal(second.pid, SIGKILL);
  BOOST_TEST(server.logs("process " + std::to_string(first.pid) + " is the server now"));
  BOOST_TEST(eventually(patience, [&] { return body(server, "/pid") == std::to_string(first.pid); }));
  server.signal(supervisor, SIGTERM);
  BOOST_TEST(server.wait(supervisor) == 0);
}

BOOST_AUTO_TEST_CASE(exits_as_a_shell_would_when_a_signal_has_ended_the_server) {
  server_process server{supervised(demo())};
  server.signal(server.pid(), SIGKILL);
  BOOST_TEST(server.wait(server.child().pid()) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(exits_with_the_status_of_a_server_that_cannot_start) {
  const temporary_directory directory;
  const auto outcome = run_command(supervised(demo({"--listen", "unix:" + (directory / "absent/socket")})));
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(run_command(supervised(demo({"--nonsense"}))).status == 2);
}

BOOST_AUTO_TEST_CASE(tells_the_service_manager_everything_but_who_the_server_is) {
  const temporary_directory directory;
  const auto manager = std::make_unique<service_manager>(directory / "notify");
  auto how = supervised(demo());
  how.environment.emplace_back("NOTIFY_SOCKET", directory / "notify");
  server_process server{how};
  const auto supervisor = server.child().pid();
  const std::string serves = " serves http://" + server.address().text();
  const auto ready = manager->next();
  BOOST_TEST(ready.text == "READY=1\nSTATUS=generation 1" + serves + "\n");
  BOOST_TEST(ready.sender == supervisor);
  server.signal(supervisor, SIGUSR2);
  server.await(2);
  BOOST_TEST(
      manager->next().text.starts_with("STATUS=generation 1" + serves + "; the next generation is being started\n"));
  BOOST_TEST(manager->next().text == "READY=1\nSTATUS=generation 2" + serves + "\n");
  BOOST_TEST(has_children(supervisor, 1));
  server.signal(supervisor, SIGTERM);
  BOOST_TEST(server.wait(supervisor) == 0);
  const auto stopping = manager->next();
  BOOST_TEST(stopping.text.starts_with("STOPPING=1\n"));
  BOOST_TEST(stopping.sender == supervisor);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_supervisor_as_pid_1, leak_check, *boost::unit_test::precondition(namespaces_are_allowed))

BOOST_AUTO_TEST_CASE(serves_upgrades_and_ends) {
  server_process server{in_namespace(supervised(demo()))};
  const auto supervisor = first_process(server);
  BOOST_TEST(server.pid() != 1);
  server.signal(supervisor, SIGUSR2);
  server.await(2);
  BOOST_TEST(has_children(supervisor, 1));
  BOOST_TEST(body(server, "/pid") == std::to_string(server.pid()));
  server.signal(supervisor, SIGUSR2);
  server.await(3);
  BOOST_TEST(has_children(supervisor, 1));
  server.signal(supervisor, SIGTERM);
  BOOST_TEST(server.wait(server.child().pid()) == 0);
}

BOOST_AUTO_TEST_CASE(takes_every_signal_that_a_server_takes_without_ending) {
  server_process server{in_namespace(supervised(demo()))};
  const auto supervisor = first_process(server);
  for (const int number : {SIGHUP, SIGUSR1}) {
    const auto from = server.log().size();
    server.signal(supervisor, number);
    BOOST_TEST(server.logs("passing " + std::string{number == SIGHUP ? "SIGHUP" : "SIGUSR1"} + " on", patience, from));
  }
  BOOST_TEST(body(server, "/plaintext") == "Hello, World!");
  server.signal(supervisor, SIGQUIT);
  BOOST_TEST(server.wait(server.child().pid()) == 0);
}

BOOST_AUTO_TEST_CASE(collects_what_is_orphaned) {
  server_process server{in_namespace(supervised(demo({"--log", "debug"})))};
  const auto supervisor = first_process(server);
  launch orphan;
  orphan.command = {"nsenter",
                    "--pid",
                    "--mount",
                    "--target",
                    std::to_string(supervisor),
                    "sh",
                    "-c",
                    "sleep 0.2 > /dev/null 2>&1 &"};
  BOOST_TEST(run_command(orphan).status == 0);
  BOOST_TEST(server.logs("supervisor: collected process"));
  BOOST_TEST(has_children(supervisor, 1));
  server.signal(supervisor, SIGTERM);
  BOOST_TEST(server.wait(server.child().pid()) == 0);
}

BOOST_AUTO_TEST_CASE(exits_with_128_and_the_signal_that_ended_the_server) {
  server_process server{in_namespace(supervised(demo()))};
  const auto children = proc::children(first_process(server));
  BOOST_REQUIRE(children.size() == 1U);
  server.signal(children.front().pid, SIGKILL);
  BOOST_TEST(server.wait(server.child().pid()) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()
