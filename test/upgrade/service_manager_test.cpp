// What systemd would be told: every datagram, in its order, over a service's whole life.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/service_manager.hpp"

using namespace baton::test;

namespace {

struct managed : leak_check {
  temporary_directory directory;
  std::unique_ptr<service_manager> manager = std::make_unique<service_manager>(directory / "notify");

  void teardown() {
    manager.reset();
    leak_check::teardown();
  }

  [[nodiscard]] launch under_it(launch how) const {
    how.environment.emplace_back("NOTIFY_SOCKET", directory / "notify");
    return how;
  }
};

std::string serves(const generation& which) {
  return "generation " + std::to_string(which.number) + " serves http://" + which.addresses.front().text();
}

std::string ready_text(const generation& which) {
  const std::string main = which.number == 1 ? "MAINPID=" + std::to_string(which.pid) + "\n" : "";
  return "READY=1\n" + main + "STATUS=" + serves(which) + "\n";
}

std::string starting_text(const generation& old) {
  return "STATUS=" + serves(old) + "; the next generation is being started\nEXTEND_TIMEOUT_USEC=15000000\n";
}

std::string ending_text(unsigned number, bool first = true) {
  return std::string{first ? "STOPPING=1\n" : ""} + "STATUS=generation " + std::to_string(number) +
         " ends: SIGTERM from pid " + std::to_string(::getpid()) + "\nEXTEND_TIMEOUT_USEC=15000000\n";
}

const launch& add(launch& how, const char* name, const char* value) {
  how.environment.emplace_back(name, value);
  return how;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_manager_is_told, managed)

BOOST_AUTO_TEST_CASE(of_start_and_stop) {
  server_process server{under_it(demo())};
  const auto first = server.latest();
  const auto ready = manager->next();
  BOOST_TEST(ready.text == ready_text(first));
  BOOST_TEST(ready.sender == first.pid);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager->next().text == ending_text(1));
  BOOST_TEST(manager->pending().empty());
}

BOOST_AUTO_TEST_CASE(on_an_abstract_socket_as_well) {
  const std::string name = "@baton-system-" + std::to_string(::getpid());
  const service_manager abstract{name};
  auto how = demo();
  add(how, "NOTIFY_SOCKET", name.c_str());
  server_process server{how};
  BOOST_TEST(abstract.next().text == ready_text(server.latest()));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(of_an_upgrade_by_the_old_process_first_and_then_by_the_new_one_alone) {
  server_process server{under_it(demo())};
  const auto first = server.latest();
  BOOST_TEST(manager->next().text == ready_text(first));
  raw_client busy{first.addresses.front()};
  busy.send(get_request("/sleep?ms=700"));
  BOOST_TEST(get(first.addresses.front(), "/pid").body == std::to_string(first.pid));
  const auto second = server.upgrade();
  BOOST_TEST(busy.read().body == "slept 700");  // the old one has drained for a while, and said nothing
  BOOST_TEST(manager->next().text == starting_text(first));
  const auto handed = manager->next();
  BOOST_TEST(handed.text == "MAINPID=" + std::to_string(second.pid) + "\n");
  BOOST_TEST(handed.sender == first.pid);
  const auto ready = manager->next();
  BOOST_TEST(ready.text == ready_text(second));
  BOOST_TEST(ready.sender == second.pid);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager->next().text == ending_text(2));
  BOOST_TEST(manager->pending().empty());
}

BOOST_AUTO_TEST_CASE(of_an_upgrade_that_fails_and_why) {
  const staged_program program;
  server_process server{under_it(program.started())};
  const auto first = server.latest();
  BOOST_TEST(manager->next().text == ready_text(first));
  program.replace_with_script("exit 3");
  server.signal(SIGUSR2);
  BOOST_TEST(manager->next().text == starting_text(first));
  const auto failed = manager->next().text;
  BOOST_TEST(failed.starts_with("STATUS=" + serves(first) + "; the last upgrade failed: "), failed);
  BOOST_TEST(failed.find("status 3") != std::string::npos, failed);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager->next().text == ending_text(1));
  BOOST_TEST(manager->pending().empty());
}

BOOST_AUTO_TEST_CASE(of_a_new_process_that_fails_and_the_old_one_that_takes_back) {
  server_process server{under_it(demo({"--upgrade.guard", "10s"}))};
  const auto first = server.latest();
  BOOST_TEST(manager->next().text == ready_text(first));
  server.signal(SIGUSR2);
  const auto second = server.await(2);
  BOOST_TEST(manager->next().text == starting_text(first));
  BOOST_TEST(manager->next().text == "MAINPID=" + std::to_string(second.pid) + "\n");
  BOOST_TEST(manager->next().text == ready_text(second));
  server.signal(second.pid, SIGKILL);
  const auto back = manager->next();
  BOOST_TEST(
      back.text.starts_with("MAINPID=" + std::to_string(first.pid) + "\nREADY=1\nSTATUS=" + serves(first) + "; "),
      back.text);
  BOOST_TEST(back.sender == first.pid);
  server.signal(first.pid, SIGTERM);
  BOOST_TEST(server.wait(first.pid) == 0);
  BOOST_TEST(manager->next().text == ending_text(1));
  BOOST_TEST(manager->pending().empty());
}

BOOST_AUTO_TEST_CASE(of_a_reload_and_of_one_that_is_refused) {
  const auto conf = directory.write("conf", "[drain]\ntimeout = 20s\n");
  server_process server{under_it(demo({"--config", conf}))};
  const auto first = server.latest();
  BOOST_TEST(manager->next().text == ready_text(first));
  for (const std::string outcome : {"configuration reloaded", "the last reload was refused"}) {
    server.signal(SIGHUP);
    BOOST_TEST(manager->next().text.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    BOOST_TEST(manager->next().text == "READY=1\nSTATUS=" + serves(first) + "; " + outcome + "\n");
    directory.write("conf", "[drain]\ntimeout = sometimes\n");
  }
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager->next().text == ending_text(1));
  BOOST_TEST(manager->pending().empty());
}

BOOST_AUTO_TEST_CASE(of_a_delay_before_the_drain_and_of_the_drain) {
  server_process server{under_it(demo({"--shutdown.delay", "400ms"}))};
  BOOST_TEST(manager->next().text == ready_text(server.latest()));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager->next().text == ending_text(1));
  BOOST_TEST(manager->next().text == ending_text(1, false));
  BOOST_TEST(manager->pending().empty());
}

BOOST_AUTO_TEST_CASE(more_than_once_that_a_long_drain_needs_time) {
  server_process server{under_it(demo())};
  BOOST_TEST(manager->next().text == ready_text(server.latest()));
  raw_client busy{server.address()};
  busy.send(get_request("/sleep?ms=6000"));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager->next().text == ending_text(1));
  auto later = manager->pending();
  std::sort(later.begin(), later.end());  // both every five seconds
  BOOST_REQUIRE(later.size() == 2U);
  BOOST_TEST(later[0] == "EXTEND_TIMEOUT_USEC=15000000\n");
  BOOST_TEST(later[1] == "STATUS=generation 1 drains: 1 connections are left\n");
}

BOOST_AUTO_TEST_CASE(that_it_lives_twice_in_the_time_of_the_watchdog) {
  auto how = under_it(demo());
  server_process server{add(how, "WATCHDOG_USEC", "400000")};
  BOOST_TEST(manager->next().text == ready_text(server.latest()));
  for (int i = 0; i < 4; ++i) BOOST_TEST(manager->next(1s).text == "WATCHDOG=1\n");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(that_it_lives_by_a_successor_though_the_variable_names_another_process) {
  auto how = under_it(demo());
  add(how, "WATCHDOG_PID", "1");
  server_process server{add(how, "WATCHDOG_USEC", "200000")};
  const auto first = server.latest();
  BOOST_TEST(manager->next().text == ready_text(first));
  BOOST_TEST(get(server.address(), "/sleep?ms=500").status == 200);
  BOOST_TEST(manager->pending().empty());  // it is not the one that is watched
  const auto second = server.upgrade();
  BOOST_TEST(manager->next().text == starting_text(first));
  BOOST_TEST(manager->next().text == "MAINPID=" + std::to_string(second.pid) + "\n");
  BOOST_TEST(manager->next().text == ready_text(second));
  for (int i = 0; i < 4; ++i) {
    const auto note = manager->next();
    BOOST_TEST(note.text == "WATCHDOG=1\n");
    BOOST_TEST(note.sender == second.pid);
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(by_a_process_that_goes_on_where_there_is_no_manager) {
  auto how = demo();
  add(how, "NOTIFY_SOCKET", (directory / "absent").c_str());
  server_process server{how};
  BOOST_TEST(server.upgrade().number == 2U);
  BOOST_TEST(server.logs("cannot notify the service manager"));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
