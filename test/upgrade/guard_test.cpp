// New versions that fail after they were ready: the old process, which guards them, serves again, nobody is
// refused, and the next upgrade works as ever.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

launch guarded(std::vector<std::string> flags = {}) {
  flags.insert(flags.end(), {"--upgrade.guard", "60s", "--drain.idle", "transfer"});
  return demo(std::move(flags));
}

// The latest generation begins an upgrade. It may have to learn first that its predecessor merely guards.
void ask(const server_process& server) {
  BOOST_REQUIRE(eventually(patience, [&] {
    const auto from = server.log().size();
    server.signal(SIGUSR2);
    std::string since;
    static_cast<void>(eventually(patience, [&] {
      since = server.log().substr(from);
      return since.find("refused") != since.npos || since.find("starting generation") != since.npos;
    }));
    return since.find("refused") == since.npos;
  }));
}

// The next generation serves and the old one guards it.
generation next_of(server_process& server) {
  const auto from = server.log().size();
  const auto number = server.latest().number;
  ask(server);
  BOOST_REQUIRE(server.logs("draining -> guarding", patience, from));
  BOOST_REQUIRE(eventually(patience, [&] { return server.latest().number > number; }));
  return server.latest();
}

bool answered_by(const server_process& server, pid_t pid) {
  return eventually(patience, [&] { return get(server.address(), "/pid").body == std::to_string(pid); });
}

// The old process says that it serves, anew.
bool taken_back(server_process& server, pid_t old) {
  return eventually(patience, [&] { return server.latest().pid == old; });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(guard, leak_check)

BOOST_AUTO_TEST_CASE(a_new_process_that_is_killed_is_taken_back_and_the_next_upgrade_works) {
  server_process server{guarded()};
  const auto old = server.latest();
  const auto descriptors = proc::descriptors(old.pid);
  const auto lost = next_of(server);
  raw_client moved{server.address()};
  BOOST_TEST(moved.get("/pid").body == std::to_string(lost.pid));
  server.signal(lost.pid, SIGKILL);
  raw_client waiting{server.address()};  // connects though nobody accepts
  BOOST_TEST(waiting.get("/pid").body == std::to_string(old.pid));
  BOOST_TEST(taken_back(server, old.pid));
  BOOST_TEST(server.logs("the upgrade is taken back: the new process was killed by SIGKILL after it was ready"));
  BOOST_TEST((moved.await_end() != ending::open));
  const auto good = next_of(server);
  BOOST_TEST(good.number == lost.number + 1);
  BOOST_TEST(waiting.get("/pid").body == std::to_string(good.pid));
  server.signal(good.pid, SIGTERM);
  BOOST_TEST(server.wait(old.pid) == 0);
}

BOOST_AUTO_TEST_CASE(connections_that_had_not_moved_yet_stay_and_those_that_had_are_counted) {
  server_process server{guarded()};
  const auto old = server.latest();
  raw_client idle{server.address()};
  BOOST_TEST(idle.get("/plaintext").status == 200);
  raw_client busy{server.address()};
  busy.send(get_request("/download?bytes=6400&chunk=64&delay=10"));
  BOOST_REQUIRE(busy.await_bytes());
  server.signal(SIGUSR2);
  const auto lost = server.await(2);
  BOOST_TEST(idle.get("/generation").body == "2");
  server.signal(lost.pid, SIGKILL);
  BOOST_TEST(server.logs("1 connections had moved to generation 2"));
  BOOST_TEST(taken_back(server, old.pid));
  const auto answer = busy.read();
  BOOST_TEST(answer.body.size() == 6400U);
  BOOST_TEST(!answer.closes());
  BOOST_TEST(busy.get("/generation").body == "1");
}

BOOST_AUTO_TEST_CASE(again_and_again) {
  server_process server{guarded()};
  const auto old = server.latest();
  for (int i = 0; i < (sanitised ? 3 : 10); ++i) {
    const auto lost = next_of(server);
    server.signal(lost.pid, SIGKILL);
    BOOST_TEST(answered_by(server, old.pid));
    BOOST_REQUIRE(taken_back(server, old.pid));
    BOOST_TEST(proc::children(old.pid).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_new_process_that_hangs_is_taken_back) {
  server_process server{guarded()};
  const auto old = server.latest();
  const auto hung = next_of(server);
  server.signal(hung.pid, SIGSTOP);
  BOOST_TEST(server.logs("the new process gave no sign of life", 2 * patience));
  BOOST_TEST(answered_by(server, old.pid));
}

BOOST_AUTO_TEST_CASE(the_pid_file_and_the_path_of_a_socket_are_the_old_process_s_again) {
  const temporary_directory directory;
  const auto socket = directory / "socket";
  server_process server{
      guarded({"--pid_file", directory / "pid", "--listen", "127.0.0.1:0", "--listen", "unix:" + socket})};
  const auto old = server.latest();
  const auto lost = next_of(server);
  BOOST_TEST(eventually(patience, [&] { return directory.read("pid") == std::to_string(lost.pid) + "\n"; }));
  server.signal(lost.pid, SIGKILL);
  BOOST_REQUIRE(taken_back(server, old.pid));
  BOOST_TEST(directory.read("pid") == std::to_string(old.pid) + "\n");
  BOOST_TEST(get(old.addresses.back(), "/pid").body == std::to_string(old.pid));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!fs::exists(directory / "pid"));
  BOOST_TEST(!fs::exists(socket));
}

BOOST_AUTO_TEST_CASE(a_listener_that_the_new_version_did_not_want_serves_again) {
  const temporary_directory directory;
  directory.write("conf", "listen = 127.0.0.1:0\nlisten = unix:" + (directory / "gone") +
                              "\nthreads = 1\n[upgrade]\nguard = 60s\n");
  server_process server{bare_demo({"--config", directory / "conf"})};
  const auto old = server.latest();
  directory.write("conf", "listen = 127.0.0.1:0\nthreads = 1\n[upgrade]\nguard = 60s\n");
  const auto lost = next_of(server);
  BOOST_TEST(eventually(patience, [&] { return refuses(old.addresses.back()); }));
  server.signal(lost.pid, SIGKILL);
  BOOST_REQUIRE(taken_back(server, old.pid));
  BOOST_TEST(get(old.addresses.back(), "/pid").body == std::to_string(old.pid));
}

BOOST_AUTO_TEST_CASE(the_next_upgrade_ends_the_guard) {
  server_process server{guarded()};
  const auto first = server.latest();
  next_of(server);
  const auto third = next_of(server);
  BOOST_TEST(third.number == 3U);
  BOOST_TEST(server.wait(first.pid) == 0);
}

BOOST_AUTO_TEST_CASE(a_new_process_that_is_told_to_stop_is_not_taken_back) {
  server_process server{guarded()};
  const auto old = server.latest();
  const auto next = next_of(server);
  server.signal(next.pid, SIGTERM);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(eventually(patience, [&] { return server.ended(next.pid); }));
  BOOST_TEST(refuses(old.addresses.front()));
}

BOOST_AUTO_TEST_CASE(term_to_a_process_that_guards_ends_it_and_leaves_the_new_one) {
  server_process server{guarded()};
  const auto old = server.latest();
  const auto next = next_of(server);
  server.signal(old.pid, SIGTERM);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(answered_by(server, next.pid));
}

BOOST_AUTO_TEST_CASE(after_its_time_the_guard_is_over) {
  server_process server{demo({"--upgrade.guard", "300ms"})};
  const auto old = server.latest();
  const auto next = next_of(server);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(answered_by(server, next.pid));
}

BOOST_AUTO_TEST_SUITE_END()
