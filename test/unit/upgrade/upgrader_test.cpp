// Upgrades with real processes: scripts that are no Baton at all, and this program in the roles of
// child_role.cpp.
#include "upgrade/upgrader.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "support/temporary_directory.hpp"
#include "unit/os/listening_socket.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::fsm {
static std::ostream& operator<<(std::ostream& out, upgrade_state s) {
  return out << to_string(s);
}
}  // namespace baton::fsm

namespace baton::upgrade {
namespace {

using fsm::upgrade_state;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{30};

struct an_upgrade : unit::nothing_left {
  test::temporary_directory directory;
  boost::asio::io_context context{1};
  os::unique_fd listener = unit::listening_ipv4();
  upgrade_settings settings;
  veto_function before;
  std::vector<offered_listener> listeners{{"127.0.0.1:0", listener}};
  int begun = 0;
  int failed = 0;
  pid_t ready = 0;
  std::string lost;
  std::size_t descriptors_before = 0;
  std::unique_ptr<upgrader> subject;

  void make(os::process_image image) {
    upgrade_callbacks callbacks;
    callbacks.before = before;
    callbacks.on_begin = [this] { ++begun; };
    callbacks.on_failed = [this](const std::string&, const std::vector<std::string>&) { ++failed; };
    callbacks.on_ready = [this](pid_t child, const ready_message&) { ready = child; };
    callbacks.on_take_back = [this](std::string reason) { lost = std::move(reason); };
    subject = std::make_unique<upgrader>(
        context, std::move(image), settings, [this] { return listeners; }, std::move(callbacks));
    subject->serving();
    descriptors_before = os::count_open_descriptors();
  }

  // A shell script as the new binary; $1 is --check-config for the check.
  void make_script(const std::string& text) {
    make({directory.write("app", "#!/bin/sh\n" + text, true), {"app", "--x"}, {"PATH=/bin:/usr/bin"}, "/"});
  }
  // A script that passes the check.
  void make_successor(const std::string& text) { make_script("[ \"$1\" = --check-config ] && exit 0\n" + text); }
  void make_role(const std::string& role) {
    make({"/proc/" + std::to_string(::getpid()) + "/exe",
          {"app"},
          {"BATON_UNIT_ROLE=" + role, "BATON_UNIT_REPORT=" + (directory / "report")},
          "/"});
  }

  template <class Condition>
  void run_until(Condition condition) {
    const auto deadline = clock::now() + patience;
    while (!condition() && clock::now() < deadline) context.run_one_for(milliseconds{100});
    BOOST_TEST_REQUIRE(condition());
  }
  void run_until(upgrade_state wanted) {
    run_until([&] { return subject->state() == wanted; });
  }
  void begin() { BOOST_TEST_REQUIRE(!subject->request("test").has_value()); }

  // Runs to the failure; nothing may be left of the child then.
  const upgrade_failure& failure() {
    run_until([this] { return failed > 0; });
    BOOST_TEST(failed == 1);
    BOOST_TEST(ready == 0);
    BOOST_TEST(subject->child_pid() == 0);
    BOOST_TEST(os::count_open_descriptors() == descriptors_before);
    BOOST_TEST_REQUIRE(subject->last_failure().has_value());
    return *subject->last_failure();
  }
  void fails_with(const std::string& reason) {
    begin();
    BOOST_TEST(failure().reason == reason);
    BOOST_TEST(subject->state() == upgrade_state::idle);
  }
  // Waits without running the context.
  template <class Condition>
  static void wait_for(Condition condition) {
    const auto deadline = clock::now() + patience;
    while (!condition() && clock::now() < deadline) std::this_thread::sleep_for(milliseconds{1});
    BOOST_TEST_REQUIRE(condition());
  }
  void end_of_successor(pid_t pid) const {
    wait_for([pid] { return ::kill(pid, 0) != 0 || ::waitpid(pid, nullptr, WNOHANG) == pid; });
  }
};

using lines = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(upgrades, an_upgrade)

BOOST_AUTO_TEST_CASE(a_successor_gets_the_listeners_and_takes_over) {
  settings.generation = 6;
  listeners.push_back({"[::1]:0", listener});
  make_role("ready");
  begin();
  run_until(upgrade_state::handed_over);
  BOOST_TEST(begun == 1);
  BOOST_TEST(failed == 0);
  BOOST_TEST(ready == subject->child_pid());
  wait_for([this] { return !directory.read("report").empty(); });
  const std::string own_error = std::filesystem::read_symlink("/proc/self/fd/2").string();
  BOOST_TEST(directory.read("report") ==
             "generation 7\n127.0.0.1:0 listens\n[::1]:0 listens\nat start 0 1 2 3 4 5 6 \nready 0 1 2 5 \n"
             "standard error " +
                 own_error + "\n");
  subject.reset();
  end_of_successor(ready);
  BOOST_TEST(directory.read("report").find("the predecessor has gone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_checked_successor_has_what_an_unchecked_one_has) {
  // By the file's name: of several lines the one with it counts.
  const std::string digests = directory.write("digests", "");
  settings.preparation.rules.sha256 = digests;
  make_role("ready");
  const auto exe = "/proc/" + std::to_string(::getpid()) + "/exe";
  BOOST_TEST_REQUIRE(std::system(("sha256sum " + exe + " >" + digests).c_str()) == 0);
  begin();
  run_until(upgrade_state::handed_over);
  wait_for([this] { return !directory.read("report").empty(); });
  BOOST_TEST(directory.read("report").starts_with(
      "generation 2\n127.0.0.1:0 listens\nat start 0 1 2 3 4 5 \nready 0 1 2 4 \n"));
  BOOST_TEST(std::filesystem::read_symlink("/proc/" + std::to_string(ready) + "/exe").string() ==
             "/memfd:exe (deleted)");
  subject.reset();
  end_of_successor(ready);
}

BOOST_AUTO_TEST_CASE(a_veto_is_the_reason_and_nothing_is_started) {
  before = [](const std::string& binary) { throw std::runtime_error{"not " + binary}; };
  make({"/nowhere/app", {"app"}, {}, "/"});
  fails_with("on_before_upgrade: not /nowhere/app");
  BOOST_TEST(begun == 1);
}

BOOST_AUTO_TEST_CASE(the_last_lines_of_a_failed_command_are_kept) {
  settings.preparation.command = "echo fetching; exit 3";
  make({"/nowhere/app", {"app"}, {"PATH=/bin:/usr/bin"}, "/"});
  begin();
  BOOST_TEST(failure().reason == "upgrade.before exited with status 3");
  BOOST_TEST(subject->last_failure()->last_lines == lines{"fetching"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_checked_copy_is_given_up_when_the_upgrade_fails) {
  const std::string app = directory.write("app",
                                          "\x7f"
                                          "ELF nonsense",
                                          true);
  settings.preparation.rules.sha256 = directory / "digest";
  BOOST_TEST_REQUIRE(std::system(("sha256sum " + app + " >" + (directory / "digest")).c_str()) == 0);
  make({app, {"app"}, {}, "/"});
  for (int i = 1; i <= 2; ++i) {
    begin();
    run_until([&] { return failed == i; });
    BOOST_TEST(subject->last_failure()->reason ==
               "cannot start the new process: execveat for " + app + ": exec format error");
    BOOST_TEST(os::count_open_descriptors() == descriptors_before);
  }
}

BOOST_AUTO_TEST_CASE(cancelling_kills_the_command_and_starts_nothing) {
  settings.preparation.command = "exec sleep 1000";
  make_role("ready");
  begin();
  BOOST_TEST(subject->state() == upgrade_state::preparing);
  BOOST_TEST(subject->request("test").value_or("") == "an upgrade is running already");
  subject->cancel();
  BOOST_TEST(subject->state() == upgrade_state::closed);
  BOOST_TEST(os::count_open_descriptors() == descriptors_before);
}

BOOST_AUTO_TEST_CASE(a_successor_that_dies_after_it_was_ready_is_reaped_and_reported) {
  make_role("ready");
  begin();
  run_until(upgrade_state::handed_over);
  ::kill(ready, SIGKILL);
  run_until([this] { return !lost.empty(); });
  BOOST_TEST(lost == "the new process was killed by SIGKILL after it was ready");
  BOOST_TEST(subject->state() == upgrade_state::idle);
  BOOST_TEST(subject->child_pid() == 0);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_refused_vetoes_and_its_words_are_kept) {
  make_role("bad_configuration");
  fails_with("the new binary refuses its configuration: it exited with status 2");
  BOOST_TEST(subject->last_failure()->last_lines == (lines{"unknown option 'lsiten'"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_check_gets_the_same_arguments_behind_its_own) {
  make_script("echo \"$@\" >&2; echo to-stdout; exit 1\n");
  begin();
  BOOST_TEST(failure().last_lines == (lines{"--check-config --x", "to-stdout"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_binary_that_is_not_there_fails_at_once) {
  make({"/nowhere/app", {"app"}, {}, "/"});
  fails_with("cannot start the new process: execve /nowhere/app: no such file or directory");
}

BOOST_AUTO_TEST_CASE(a_binary_that_vanishes_after_its_check_fails) {
  make_script("rm \"$0\"; exit 0\n");
  fails_with("cannot start the new process: execve " + (directory / "app") + ": no such file or directory");
}

BOOST_AUTO_TEST_CASE(a_check_that_hangs_is_killed) {
  settings.timeout = milliseconds{100};
  make_script("exec sleep 1000\n");
  fails_with("the check of the configuration took too long; it was killed by SIGKILL");
}

BOOST_AUTO_TEST_CASE(a_successor_that_ends_before_it_is_ready_is_a_failure_with_its_last_lines) {
  make_successor("echo no such library >&2; exit 3\n");
  begin();
  BOOST_TEST(failure().reason.find("exited with status 3") != std::string::npos);
  BOOST_TEST(subject->last_failure()->last_lines == (lines{"no such library"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_successor_that_ends_well_but_not_ready_is_a_failure) {
  make({"/bin/true", {"true"}, {}, "/"});
  begin();
  BOOST_TEST(failure().reason.find("exited with status 0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_successor_that_hangs_is_killed) {
  make_successor("exec sleep 1000\n");
  begin();
  subject->timeout(milliseconds{100});
  BOOST_TEST(failure().reason == "the new process was not ready in time; it was killed by SIGKILL");
}

BOOST_AUTO_TEST_CASE(a_successor_that_says_that_it_failed_is_quoted) {
  make_role("failed");
  fails_with("the new process says: cannot bind 127.0.0.1:80; it was killed by SIGKILL");
  BOOST_TEST(subject->last_failure()->last_lines == (lines{"last words"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_successor_that_closes_its_channel_is_killed) {
  make_role("closes_channel");
  fails_with("the new process closed its channel before it was ready; it was killed by SIGKILL");
}

BOOST_AUTO_TEST_CASE(a_ready_of_a_process_that_has_ended_is_not_believed) {
  make_role("ready_and_exits");
  begin();
  run_until(upgrade_state::starting);
  const pid_t child = subject->child_pid();
  wait_for([child] {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
  });
  BOOST_TEST(failure().reason == "the new process exited with status 3 before it was ready");
}

BOOST_AUTO_TEST_CASE(a_ready_that_is_there_already_beats_the_time_out) {
  make_role("ready");
  begin();
  subject->timeout(milliseconds{100});
  run_until(upgrade_state::starting);
  const auto out_of_time = clock::now() + milliseconds{100};
  wait_for([&] { return !directory.read("report").empty() && clock::now() > out_of_time; });
  run_until([this] { return ready != 0 || failed != 0; });
  BOOST_TEST(failed == 0);
  subject.reset();
  end_of_successor(ready);
}

BOOST_AUTO_TEST_CASE(a_failed_upgrade_can_be_tried_again) {
  make_role("bad_configuration");
  for (int i = 1; i <= 3; ++i) {
    begin();
    run_until([&] { return failed == i; });
    BOOST_TEST(os::count_open_descriptors() == descriptors_before);
  }
  BOOST_TEST(begun == 3);
}

BOOST_AUTO_TEST_CASE(a_second_request_is_refused_while_an_upgrade_runs) {
  make_role("hang");
  begin();
  BOOST_TEST(subject->request("test").value_or("") == "an upgrade is running already");
  run_until(upgrade_state::starting);
  BOOST_TEST(subject->request("test").value_or("") == "an upgrade is running already");
  BOOST_TEST(begun == 1);
}

BOOST_AUTO_TEST_CASE(requests_are_refused_until_the_predecessor_has_gone) {
  settings.before = fsm::predecessor::alive;
  make_role("bad_configuration");
  BOOST_TEST(subject->request("test").value_or("") == "the previous generation has not ended yet");
  subject->predecessor_gone();
  begin();
  BOOST_TEST(failure().reason.find("refuses its configuration") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cancelling_kills_and_reaps_the_child_and_ends_upgrades) {
  make_role("hang");
  begin();
  run_until(upgrade_state::starting);
  subject->cancel();
  BOOST_TEST(failure().reason == "this process is ending; the new one was killed by SIGKILL");
  BOOST_TEST(subject->state() == upgrade_state::closed);
  BOOST_TEST(subject->request("test").value_or("") == "this process is draining");
}

BOOST_AUTO_TEST_CASE(cancelling_kills_a_check_as_well) {
  make_script("exec sleep 1000\n");
  begin();
  subject->cancel();
  BOOST_TEST(failure().reason == "this process is ending; the new one was killed by SIGKILL");
}

BOOST_AUTO_TEST_CASE(cancelling_leaves_a_successor_that_is_ready) {
  make_role("ready");
  begin();
  run_until(upgrade_state::handed_over);
  subject->cancel();
  BOOST_TEST(subject->state() == upgrade_state::handed_over);
  BOOST_TEST(::kill(ready, 0) == 0);
  subject.reset();
  end_of_successor(ready);
}

BOOST_AUTO_TEST_CASE(an_upgrader_that_goes_takes_its_unready_child_along) {
  make_role("hang");
  begin();
  run_until(upgrade_state::starting);
  subject.reset();  // the fixture finds a child that is left
  BOOST_TEST(failed == 0);
}

BOOST_AUTO_TEST_CASE(a_request_from_within_a_failure_begins_anew) {
  upgrade_callbacks callbacks;
  callbacks.on_failed = [this](const std::string&, const std::vector<std::string>&) {
    if (++failed == 1) static_cast<void>(subject->request("test"));
  };
  subject = std::make_unique<upgrader>(
      context, os::process_image{"/nowhere/app", {"app"}, {}, "/"}, settings, [this] { return listeners; }, callbacks);
  subject->serving();
  begin();
  BOOST_TEST(failed == 2);
  BOOST_TEST(subject->state() == upgrade_state::idle);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
