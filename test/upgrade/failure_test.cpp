// New versions that are no good: the old process serves on as if nothing had been, and says why.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "aftermath.hpp"
#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;

namespace {

// For what never gets ready; what does has to be in time for it too.
constexpr auto short_timeout = sanitised ? "8s" : "1s";

// Asks for an upgrade that must fail with `reason` in the log, and leave no trace.
void fails(server_process& server, std::string_view reason) {
  const auto before = server.latest();
  const auto descriptors = settled_descriptors(before.pid);
  const auto from = server.log().size();
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("generation 1 keeps serving", patience, from), server.log());
  BOOST_TEST(server.logs(reason, patience, from), "expected `" << reason << "` in\n" << server.log().substr(from));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(before.pid));
  BOOST_TEST(server.generations().size() == 1U);
  BOOST_TEST(proc::children(before.pid).empty());
  BOOST_TEST(settled_descriptors(before.pid) == descriptors, boost::test_tools::per_element());
}

// A good version in its place, and the upgrade succeeds after all.
void recovers(server_process& server, const staged_program& program) {
  program.restore();
  BOOST_TEST(server.upgrade().number == 2U);
  BOOST_TEST(get(server.address(), "/generation").body == "2");
  BOOST_TEST(server.stop() == 0);
}

void script_fails(std::string_view body, std::string_view reason) {
  const staged_program program;
  server_process server{program.started({"--upgrade.timeout", short_timeout})};
  program.replace_with_script(body);
  fails(server, reason);
  recovers(server, program);
}

void text_fails(std::string_view text, std::string_view reason, bool executable = true) {
  const staged_program program;
  server_process server{program.started({"--upgrade.timeout", short_timeout})};
  program.replace_with_text(text, executable);
  fails(server, reason);
  recovers(server, program);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(failure, leak_check)

BOOST_AUTO_TEST_CASE(a_new_version_that_exits_at_once) {
  script_fails("exit 3", "3");
}

BOOST_AUTO_TEST_CASE(a_new_version_that_exits_with_0_before_it_is_ready) {
  script_fails("exit 0", "exit");
}

BOOST_AUTO_TEST_CASE(a_new_version_that_crashes_before_it_is_ready) {
  script_fails("kill -SEGV $$", "SIGSEGV");
}

BOOST_AUTO_TEST_CASE(a_new_version_that_hangs) {
  script_fails("exec sleep 300", "ready");
}

BOOST_AUTO_TEST_CASE(a_new_version_whose_last_words_explain_it) {
  script_fails("echo 'cannot reach the frobnicator' >&2; exit 1", "cannot reach the frobnicator");
}

BOOST_AUTO_TEST_CASE(a_new_version_that_refuses_its_configuration) {
  text_fails("#!/bin/sh\necho 'option foo is no more' >&2\nexit 2\n", "option foo is no more");
}

BOOST_AUTO_TEST_CASE(a_new_version_that_hangs_while_it_checks_its_configuration) {
  text_fails("#!/bin/sh\nexec sleep 300\n", "check of the configuration took too long");
}

BOOST_AUTO_TEST_CASE(a_new_version_that_is_not_executable) {
  text_fails("#!/bin/sh\nexit 0\n", "ermission denied", false);
}

BOOST_AUTO_TEST_CASE(a_new_version_that_is_no_program) {
  text_fails(
      "\x7f"
      "ELF nonsense",
      "ormat");
}

BOOST_AUTO_TEST_CASE(a_binary_that_was_deleted) {
  const staged_program program;
  server_process server{program.started()};
  program.remove();
  fails(server, "o such file");
  recovers(server, program);
}

BOOST_AUTO_TEST_CASE(a_conf_file_that_has_become_wrong) {
  const temporary_directory directory;
  const auto file = directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 1\n");
  server_process server{bare_demo({"--config", file})};
  directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = many\n");
  fails(server, "threads");
  directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 2\n");
  BOOST_TEST(server.upgrade().number == 2U);
}

BOOST_AUTO_TEST_CASE(failing_again_and_again_leaves_nothing_behind) {
  const staged_program program;
  server_process server{program.started()};
  program.replace_with_script("exit 3");
  for (int i = 0; i < 10; ++i) fails(server, "3");
  recovers(server, program);
}

BOOST_AUTO_TEST_CASE(a_second_request_while_an_upgrade_runs_is_refused) {
  const staged_program program;
  server_process server{program.started({"--upgrade.timeout", short_timeout})};
  program.replace_with_script("exec sleep 300");
  server.signal(SIGUSR2);
  BOOST_REQUIRE(eventually(patience, [&] { return !proc::children(server.pid()).empty(); }));
  const auto from = server.log().size();
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("refused", patience, from), server.log());
  BOOST_TEST(server.logs("keeps serving", patience, from), server.log());
  recovers(server, program);
}

BOOST_AUTO_TEST_CASE(requests_are_served_while_a_new_version_hangs) {
  const staged_program program;
  server_process server{program.started({"--upgrade.timeout", short_timeout})};
  program.replace_with_script("exec sleep 300");
  server.signal(SIGUSR2);
  BOOST_REQUIRE(eventually(patience, [&] { return !proc::children(server.pid()).empty(); }));
  raw_client client{server.address()};
  while (!server.logs("keeps serving", 1ms)) BOOST_REQUIRE(client.get("/generation").body == "1");
  BOOST_TEST(!client.get("/generation").closes());
}

BOOST_AUTO_TEST_CASE(who_serves_goes_first_only_for_a_while) {
  const staged_program program;
  server_process server{program.started({"--log", "debug"})};
  const auto before = proc::niceness(server.pid());
  program.replace_with_script("exec sleep 300");
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs(" threads go first while a process starts"));
  BOOST_TEST(server.logs("starting generation 2"));
  BOOST_TEST(eventually(patience, [&] { return !proc::children(server.pid()).empty(); }));
  BOOST_TEST(eventually(patience, [&] { return proc::niceness(server.pid()) == before; }));
  const auto children = proc::children(server.pid());
  BOOST_REQUIRE(children.size() == 1U);
  BOOST_TEST(proc::niceness(children.front().pid) == before, boost::test_tools::per_element());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(term_during_an_upgrade_ends_both) {
  const staged_program program;
  server_process server{program.started()};
  program.replace_with_script("exec sleep 300");
  const auto pid = server.pid();
  server.signal(SIGUSR2);
  std::vector<proc::process> children;
  BOOST_REQUIRE(eventually(patience, [&] { return !(children = proc::children(pid)).empty(); }));
  server.signal(SIGTERM);
  BOOST_TEST(server.wait(pid) == 0);
  BOOST_TEST(eventually(patience, [&] { return !proc::alive(children.front().pid); }));
}

BOOST_AUTO_TEST_SUITE_END()
