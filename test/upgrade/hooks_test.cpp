// What runs before, at and after an upgrade: the command, the program's callbacks, and their vetoes.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "aftermath.hpp"
#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

// The upgrade is refused with `reason` in the log, and nothing is left of it.
void fails(server_process& server, std::string_view reason) {
  const auto before = server.latest();
  const auto descriptors = settled_descriptors(before.pid);
  const auto from = server.log().size();
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("keeps serving", patience, from), server.log());
  BOOST_TEST(server.logs(reason, patience, from), "expected `" << reason << "` in\n" << server.log().substr(from));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(before.pid));
  BOOST_TEST(server.latest().pid == before.pid);
  BOOST_TEST(proc::children(before.pid).empty());
  BOOST_TEST(settled_descriptors(before.pid) == descriptors, boost::test_tools::per_element());
}

// Nobody is left of the process group. Orphans come back to this process, which reaps them.
bool gone(const std::string& group_text) {
  return eventually(patience, [group = std::stoi(group_text)] {
    while (::waitpid(-group, nullptr, WNOHANG) > 0) {
    }
    return ::kill(-group, 0) != 0;
  });
}

struct with_command : leak_check {
  temporary_directory directory;

  [[nodiscard]] launch running(const std::string& command, std::vector<std::string> flags = {}) const {
    flags.insert(flags.end(), {"--upgrade.before", command});
    auto how = demo(std::move(flags));
    how.directory = directory.path();
    return how;
  }
  [[nodiscard]] bool appears(const std::string& name) const {
    return eventually(patience, [&] { return directory.read(name).ends_with('\n'); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_command_before, with_command)

BOOST_AUTO_TEST_CASE(it_knows_the_process_and_the_binary_and_has_the_directory_and_environment_of_the_start) {
  auto how = running("echo $PWD $OF_THE_START $BATON_GENERATION $BATON_PID $BATON_BINARY ${LISTEN_PID-none} >told");
  how.environment = {{"OF_THE_START", "yes"}};
  server_process server{how};
  const auto home = fs::canonical(directory.path()).string();
  for (unsigned i = 1; i <= 2; ++i) {
    const auto pid = server.pid();
    BOOST_TEST(server.upgrade().number == i + 1);
    BOOST_TEST(directory.read("told") ==
               home + " yes " + std::to_string(i) + ' ' + std::to_string(pid) + ' ' + demo_program() + " none\n");
  }
}

BOOST_AUTO_TEST_CASE(what_it_puts_in_the_binarys_place_is_what_runs_next) {
  const staged_program program;
  directory.write("next", version_script("fetched"), true);
  auto how = program.started({"--upgrade.before", "mv '" + (directory / "next") + "' \"$BATON_BINARY\""});
  server_process server{how};
  server.upgrade();
  BOOST_TEST(get(server.address(), "/version").body == "fetched");
}

BOOST_AUTO_TEST_CASE(its_failure_refuses_the_upgrade_and_its_last_lines_are_in_the_log) {
  directory.write("broken", "\n");
  server_process server{running("test ! -e broken || { echo 'no route to the build host' >&2; exit 7; }")};
  fails(server, "upgrade failed: upgrade.before exited with status 7; generation 1 keeps serving");
  fails(server, "said: no route to the build host");
  fs::remove(directory / "broken");
  BOOST_TEST(server.upgrade().number == 2U);
}

BOOST_AUTO_TEST_CASE(one_that_takes_too_long_is_killed_with_all_that_it_has_started) {
  server_process server{
      running("echo waiting; (echo $$ >group; exec sleep 300) & exec sleep 300", {"--upgrade.before_timeout", "1s"})};
  fails(server, "upgrade.before had not ended within 1000 ms; it was killed by SIGKILL");
  BOOST_TEST(server.log().find("said: waiting") != std::string::npos);
  BOOST_TEST(gone(directory.read("group")));
}

BOOST_AUTO_TEST_CASE(while_it_runs_requests_are_served_and_further_upgrades_refused) {
  server_process server{running("echo begun >begun; while test ! -e go; do sleep 0.01; done")};
  const auto old = server.pid();
  server.signal(SIGUSR2);
  BOOST_TEST(appears("begun"));
  BOOST_TEST(get(server.address(), "/generation").body == "1");
  const auto from = server.log().size();
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("refused: an upgrade is running already", patience, from));
  BOOST_TEST(get(server.address(), "/generation").body == "1");
  directory.write("go", "\n");
  BOOST_TEST(server.await(2).number == 2U);
  BOOST_TEST(server.wait(old) == 0);
}

BOOST_AUTO_TEST_CASE(term_meanwhile_ends_the_process_as_usual_and_the_command_with_it) {
  server_process server{running("(echo $$ >group; exec sleep 300) & exec sleep 300")};
  const auto pid = server.pid();
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=300"));
  server.signal(SIGUSR2);
  BOOST_TEST(appears("group"));
  server.signal(SIGTERM);
  BOOST_TEST(client.read().body == "slept 300");
  BOOST_TEST(server.wait(pid) == 0);
  BOOST_TEST(gone(directory.read("group")));
  BOOST_TEST(server.generations().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct with_callbacks : leak_check {
  temporary_directory directory;

  [[nodiscard]] launch running(std::vector<std::string> flags = {}) const {
    launch how;
    how.command = {HOOKS_SERVER,      "--listen",           "127.0.0.1:0", "--threads",        "1",
                   "--events",        directory / "events", "--veto",      directory / "veto", "--hold",
                   directory / "hold"};
    how.command.insert(how.command.end(), flags.begin(), flags.end());
    return how;
  }
  [[nodiscard]] std::vector<std::string> events() const {
    std::istringstream text{directory.read("events")};
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  [[nodiscard]] bool has(const std::string& event) const {
    return eventually(patience, [&] {
      const auto all = events();
      return std::find(all.begin(), all.end(), event) != all.end();
    });
  }
};

const std::string before_1 = std::string{"1 before 1 "} + HOOKS_SERVER;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(callbacks, with_callbacks)

BOOST_AUTO_TEST_CASE(each_is_called_in_its_time) {
  server_process server{running()};
  const auto next = server.upgrade();
  BOOST_TEST(has("2 ready"));
  BOOST_TEST(server.stop() == 0);
  // Both processes write; the order of each one's own is what counts.
  std::vector<std::string> first;
  std::vector<std::string> second;
  for (const auto& event : events()) (event.starts_with("1 ") ? first : second).push_back(event);
  BOOST_TEST(first == (std::vector<std::string>{"1 ready", before_1, "1 before, the second", "1 drain",
                                                "1 handed over to 2 " + std::to_string(next.pid), "1 stop"}),
             boost::test_tools::per_element());
  BOOST_TEST(second == (std::vector<std::string>{"2 ready", "2 drain", "2 stop"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_veto_refuses_the_upgrade_with_its_reason_before_anything_is_started) {
  server_process server{running({"--upgrade.before", "echo the command has run >&2"})};
  directory.write("veto", "the database is being moved");
  fails(server, "upgrade failed: on_before_upgrade: the database is being moved; generation 1 keeps serving");
  BOOST_TEST(events() == (std::vector<std::string>{"1 ready", before_1}), boost::test_tools::per_element());
  BOOST_TEST(server.log().find("the command has run") == std::string::npos);
  fs::remove(directory / "veto");
  BOOST_TEST(server.upgrade().number == 2U);
  BOOST_TEST(server.logs("the command has run"));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_return_in_time_refuses_upgrades_until_it_has) {
  server_process server{running({"--upgrade.before_timeout", "1s"})};
  const auto threads = proc::threads(server.pid());
  directory.write("hold", "\n");
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("on_before_upgrade has not returned within 1000 ms; generation 1 keeps serving"));
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("on_before_upgrade of an earlier upgrade has not returned yet"));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(server.pid()));
  fs::remove(directory / "hold");
  BOOST_TEST(has("1 before, the second"));
  BOOST_TEST(eventually(patience, [&] { return proc::threads(server.pid()) == threads; }));
  BOOST_TEST(server.upgrade().number == 2U);
}

BOOST_AUTO_TEST_CASE(term_while_one_does_not_return_ends_the_process_as_usual) {
  server_process server{running()};
  const auto pid = server.pid();
  directory.write("hold", "\n");
  server.signal(SIGUSR2);
  BOOST_TEST(has(before_1));
  server.signal(SIGTERM);
  BOOST_TEST(server.wait(pid) == 0);
  BOOST_TEST(events().back() == "1 stop");
}

BOOST_AUTO_TEST_CASE(exceptions_of_those_that_cannot_veto_are_logged_and_change_nothing) {
  const launch how = running({"--throwing", "yes"});
  server_process server{how};
  BOOST_TEST(server.logs("an on_ready callback failed: thrown on purpose; nothing else changes"));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(server.pid()));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(server.logs("an on_stop callback failed: thrown on purpose; nothing else changes"));
}

BOOST_AUTO_TEST_SUITE_END()
