#include "os/spawn.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"
#include "unit/os/nothing_left.hpp"
#include "unit/os/run.hpp"

namespace baton::os {
namespace {

namespace files = std::filesystem;
using test::temporary_directory;
using unit::program;
using unit::run;
using unit::shell;

// `number target` a line, of every descriptor that the shell itself was given.
constexpr const char* list_descriptors =
    "cd /proc/$$/fd; for f in *; do [ -e $f ] && echo $f $(readlink /proc/$$/fd/$f); done";

std::string target_of(fd_view fd) {
  return files::read_symlink("/proc/self/fd/" + std::to_string(fd.get())).string();
}

// A line of /proc/self/status that holds a set of signals.
unsigned long long signals_in(const std::string& status, const std::string& name) {
  const auto at = status.find(name + ":");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  return std::stoull(status.substr(at + name.size() + 1), nullptr, 16);
}

unsigned long long bits(std::initializer_list<int> signals) {
  unsigned long long set = 0;
  for (const int signal : signals) set |= 1ULL << (signal - 1);
  return set;
}

process_image status_printer() {
  process_image image = program("/bin/cat");
  image.arguments.emplace_back("/proc/self/status");
  return image;
}

BOOST_FIXTURE_TEST_SUITE(new_process, unit::nothing_left)

BOOST_AUTO_TEST_CASE(it_runs_and_its_status_is_collected) {
  BOOST_TEST((run({program("/bin/true")}).status == exit_status{exit_status::kind::exited, 0}));
  BOOST_TEST((run({program("/bin/false")}).status == exit_status{exit_status::kind::exited, 1}));
}

BOOST_AUTO_TEST_CASE(it_has_the_given_descriptors_and_no_others_though_many_leak) {
  std::vector<unique_fd> leaking;
  for (int i = 0; i < 8; ++i) leaking.emplace_back(::open("/dev/null", O_RDWR));
  leaking.emplace_back(::fcntl(leaking[0].get(), F_DUPFD, 500));
  auto first = make_pipe(pipe_reading::blocking);
  auto second = make_pipe(pipe_reading::blocking);
  const auto image = shell(list_descriptors);
  spawn_request request{image};
  request.descriptors = {first->read, second->write};
  std::istringstream lines{run(request).output};
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    if (line[0] > '2') found.push_back(line);
  }
  BOOST_TEST(found == (std::vector<std::string>{"3 " + target_of(first->read), "4 " + target_of(second->write)}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(descriptors_reach_their_places_even_if_they_lie_in_each_others) {
  std::vector<pipe_ends> pipes;
  for (int i = 0; i < 6; ++i) pipes.push_back(std::move(*make_pipe(pipe_reading::blocking)));
  std::vector<fd_view> given;
  for (const auto& pipe : pipes) given.insert(given.begin(), {pipe.read, pipe.write, pipe.write});
  const auto image = shell(list_descriptors);
  spawn_request request{image};
  request.descriptors = given;
  const std::string output = run(request).output;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string line = "\n" + std::to_string(3 + i) + " " + target_of(given[i]) + "\n";
    BOOST_TEST(output.find(line) != std::string::npos, line);
  }
  BOOST_TEST(std::count(output.begin(), output.end(), '\n') == static_cast<long>(3 + given.size()));
}

BOOST_AUTO_TEST_CASE(standard_error_can_be_replaced_and_the_real_one_given_as_another) {
  auto replacement = make_pipe(pipe_reading::blocking);
  const auto image = shell("readlink /proc/$$/fd/2; readlink /proc/$$/fd/3");
  spawn_request request{image};
  request.standard_error = replacement->write;
  request.descriptors = {fd_view{2}};
  BOOST_TEST(run(request).output == target_of(replacement->write) + "\n" + target_of(fd_view{2}) + "\n");
}

BOOST_AUTO_TEST_CASE(listen_pid_is_its_own_pid) {
  const auto image = shell("echo $LISTEN_PID");
  spawn_request request{image};
  request.announce_pid = listen_pid::present;
  const auto done = run(request);
  BOOST_TEST(done.output == std::to_string(done.pid) + "\n");
}

BOOST_AUTO_TEST_CASE(a_stale_listen_pid_is_never_handed_on) {
  auto image = shell("echo ${LISTEN_PID-none}");
  image.environment.emplace_back("LISTEN_PID=1");
  BOOST_TEST(run({image}).output == "none\n");
}

BOOST_AUTO_TEST_CASE(extra_environment_entries_replace_those_of_the_same_name) {
  const auto image = shell("env | grep -c ^KEPT=; echo $KEPT $NEW");
  spawn_request request{image};
  request.extra_environment = {"KEPT=changed", "NEW=1"};
  BOOST_TEST(run(request).output == "1\nchanged 1\n");
}

BOOST_AUTO_TEST_CASE(exactly_the_given_signals_are_blocked_whatever_the_caller_blocks) {
  const signal_set ours{SIGALRM, SIGUSR1};
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &ours.native(), &before);
  const auto image = status_printer();
  spawn_request request{image};
  request.blocked = {SIGUSR2, SIGTERM};
  const std::string status = run(request).output;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  BOOST_TEST(signals_in(status, "SigBlk") == bits({SIGUSR2, SIGTERM}));
}

BOOST_AUTO_TEST_CASE(the_callers_signal_mask_is_as_before) {
  const signal_set ours{SIGALRM};
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &ours.native(), &before);
  static_cast<void>(run({program("/bin/true")}));
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, &before, &after);
  for (int signal = 1; signal < NSIG; ++signal) {
    const bool expected = signal == SIGALRM || ::sigismember(&before, signal) == 1;
    BOOST_TEST((::sigismember(&after, signal) == 1) == expected, signal);
  }
}

BOOST_AUTO_TEST_CASE(ignored_signals_are_not_handed_on) {
  struct sigaction ignored {};
  struct sigaction pipe_before {};
  struct sigaction hup_before {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &pipe_before);
  ::sigaction(SIGHUP, &ignored, &hup_before);
  const std::string status = run({status_printer()}).output;
  ::sigaction(SIGPIPE, &pipe_before, nullptr);
  ::sigaction(SIGHUP, &hup_before, nullptr);
  BOOST_TEST(signals_in(status, "SigIgn") == 0ULL);
  BOOST_TEST(signals_in(status, "SigCgt") == 0ULL);
}

BOOST_AUTO_TEST_CASE(a_signal_that_comes_right_after_the_start_waits_and_does_not_kill) {
  auto gate = make_pipe(pipe_reading::blocking);
  auto output = make_pipe(pipe_reading::blocking);
  const auto image = shell("read line <&3; exec cat /proc/self/status");
  spawn_request request{image};
  request.blocked = signal_set::handled();
  request.descriptors = {gate->read};
  request.standard_output = output->write;
  const auto child = spawn(request);
  BOOST_TEST_REQUIRE(child.has_value());
  BOOST_TEST(send_signal(*child, SIGUSR2).has_value());
  output->write.reset();
  write_all(gate->write, "go\n", 3);
  const std::string status = unit::read_to_end(output->read);
  BOOST_TEST(unit::wait_for(*child).success());
  BOOST_TEST(signals_in(status, "ShdPnd") == bits({SIGUSR2}));
}

BOOST_AUTO_TEST_CASE(it_starts_in_the_start_directory) {
  const temporary_directory directory;
  auto image = shell("pwd -P");
  image.directory = directory.path().string();
  BOOST_TEST(run({image}).output == files::canonical(directory.path()).string() + "\n");
}

BOOST_AUTO_TEST_CASE(a_missing_binary_is_reported) {
  const auto image = program("/nowhere/app");
  const auto child = spawn({image});
  BOOST_TEST_REQUIRE(!child.has_value());
  BOOST_TEST(child.error().code.value() == ENOENT);
  BOOST_TEST(child.error().text() == "execve /nowhere/app: no such file or directory");
}

BOOST_AUTO_TEST_CASE(a_binary_that_is_not_executable_is_reported) {
  const temporary_directory directory;
  const auto image = program(directory.write("app", "#!/bin/sh\n"));
  const auto child = spawn({image});
  BOOST_TEST_REQUIRE(!child.has_value());
  BOOST_TEST(child.error().code.value() == EACCES);
}

BOOST_AUTO_TEST_CASE(a_missing_start_directory_is_reported) {
  auto image = program("/bin/true");
  image.directory = "/nowhere";
  const auto child = spawn({image});
  BOOST_TEST_REQUIRE(!child.has_value());
  BOOST_TEST(child.error().text() == "chdir /nowhere: no such file or directory");
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_not_open_is_reported) {
  const auto image = program("/bin/true");
  spawn_request request{image};
  request.descriptors = {fd_view{987}};
  const auto child = spawn(request);
  BOOST_TEST_REQUIRE(!child.has_value());
  BOOST_TEST(child.error().code.value() == EBADF);
}

BOOST_AUTO_TEST_CASE(a_flipped_link_runs_the_new_target) {
  const temporary_directory directory;
  directory.write("one", "#!/bin/sh\necho one\n", true);
  directory.write("two", "#!/bin/sh\necho two\n", true);
  files::create_symlink("one", directory.path() / "app");
  auto image = program("./app");
  image.directory = directory.path().string();
  BOOST_TEST(run({image}).output == "one\n");
  files::create_symlink("two", directory.path() / "next");
  files::rename(directory.path() / "next", directory.path() / "app");
  BOOST_TEST(run({image}).output == "two\n");
}

BOOST_AUTO_TEST_CASE(a_killed_process_says_by_which_signal) {
  auto gate = make_pipe(pipe_reading::blocking);
  const auto image = shell("read line <&3");
  spawn_request request{image};
  request.descriptors = {gate->read};
  const auto child = spawn(request);
  BOOST_TEST_REQUIRE(child.has_value());
  BOOST_TEST(!reap(*child, reaping::no_wait)->has_value());
  BOOST_TEST(send_signal(*child, SIGKILL).has_value());
  const auto status = unit::wait_for(*child);
  BOOST_TEST(status.text() == "was killed by SIGKILL");
  BOOST_TEST(!status.success());
}

BOOST_AUTO_TEST_CASE(a_reaped_process_cannot_be_reaped_or_signalled_again) {
  const auto image = program("/bin/true");
  const auto child = spawn({image});
  BOOST_TEST_REQUIRE(child.has_value());
  static_cast<void>(unit::wait_for(*child));
  BOOST_TEST(reap(*child, reaping::wait).error().code.value() == ECHILD);
  BOOST_TEST(send_signal(*child, SIGTERM).error().code.value() == ESRCH);
}

BOOST_AUTO_TEST_CASE(many_threads_can_start_processes_at_once) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&good] {
      for (int round = 0; round < 5; ++round) {
        const auto image = shell("exit 7");
        const auto child = spawn({image});
        if (!child) continue;
        const auto status = reap(*child, reaping::wait);
        if (status && *status && (*status)->value == 7) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(good == 20);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
