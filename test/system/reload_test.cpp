// HUP and USR1: the configuration of a running server changes as a whole or not at all, and nobody's connection
// is closed for it.
#include <signal.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

struct fixture : leak_check {
  const temporary_directory directory;

  std::string conf(std::string_view text) const { return directory.write("baton.conf", text); }
  launch with(std::string_view text) const { return bare_demo({"--config", conf(text), "--threads", "2"}); }

  // Another file, a signal, and its end. The log from there on.
  std::string after_reload(const server_process& server, std::string_view text, std::string_view expected,
                           int number = SIGHUP) const {
    conf(text);
    const auto from = server.log().size();
    server.signal(number);
    BOOST_REQUIRE_MESSAGE(server.logs(expected, patience, from), server.log());
    return server.log().substr(from);
  }
  std::string reload(const server_process& server, std::string_view text, int number = SIGHUP) const {
    return after_reload(server, text, "configuration reloaded", number);
  }
  std::string refuse(const server_process& server, std::string_view text) const {
    return after_reload(server, text, "configuration unchanged");
  }
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

unsigned mode_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

// A signal is in the process's mask, as /proc tells it.
bool blocks(pid_t pid, int number) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) return (std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1U) != 0;
  }
  return false;
}

int status_of_post(raw_client& client, std::size_t size) {
  client.send(post_request("/echo", std::string(size, 'x')));
  return client.read().status;
}

endpoint unix_endpoint(const std::string& path) {
  return endpoint::parse("unix:" + path);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reload_suite, fixture)

BOOST_AUTO_TEST_CASE(a_limit_changes_under_a_connection_that_stays) {
  server_process server{with("listen = 127.0.0.1:0\n[limits]\nbody = 100\n")};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/plaintext").status == 200);
  {
    raw_client client{server.address()};
    BOOST_TEST(status_of_post(client, 200) == 413);
  }
  for (const int number : {SIGHUP, SIGUSR1}) {
    const auto log = reload(server,
                            number == SIGHUP ? "listen = 127.0.0.1:0\n[limits]\nbody = 1k\n"
                                             : "listen = 127.0.0.1:0\n[limits]\nbody = 2k\n",
                            number);
    BOOST_TEST(has(log, "limits.body: "), log);
    BOOST_TEST(status_of_post(kept, number == SIGHUP ? 1000 : 2000) == 200);
  }
  BOOST_TEST(status_of_post(kept, 3000) == 413);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(time_outs_and_the_server_name_change) {
  server_process server{with("listen = 127.0.0.1:0\n")};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/plaintext").field("server").value_or("") == "Baton");
  reload(server, "listen = 127.0.0.1:0\nserver_name = Other\n[timeouts]\nhead = 200ms\nidle = 300ms\n");
  raw_client slow{server.address()};
  slow.send("GET / HT");
  BOOST_TEST(slow.read().status == 408);
  BOOST_TEST(kept.get("/plaintext").field("server").value_or("") == "Other");
  BOOST_TEST((kept.await_end() == ending::fin));
}

BOOST_AUTO_TEST_CASE(the_limit_of_connections_changes_and_closes_nobody) {
  const std::string listen = "listen = 127.0.0.1:0\n[limits]\n";
  for (const std::string limit : {"connections = ", "connections_per_address = "}) {
    server_process server{with(listen + limit + "0\n")};
    raw_client first{server.address()};
    raw_client second{server.address()};
    for (auto* each : {&first, &second}) BOOST_TEST(each->get("/plaintext").status == 200);
    reload(server, listen + limit + "2\n");
    BOOST_TEST(get(server.address(), "/plaintext").status == 503, limit);
    reload(server, listen + limit + "3\n");
    BOOST_TEST(eventually(patience, [&] { return get(server.address(), "/plaintext").status == 200; }), limit);
    for (auto* each : {&first, &second}) BOOST_TEST(each->get("/plaintext").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_signal_that_comes_before_anything_is_served_waits) {
  for (const int number : {SIGHUP, SIGUSR1}) {
    server_process server{with("listen = 127.0.0.1:0\n"), server_process::unawaited{}};
    const auto pid = server.child().pid();
    // Blocked: the first thing that `main` does.
    BOOST_REQUIRE(eventually(patience, [&] { return blocks(pid, number); }));
    server.signal(pid, number);
    BOOST_TEST(server.await(1).pid == pid);
    BOOST_TEST(server.logs("configuration reloaded"));
    BOOST_TEST(server.stop() == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_programs_own_option_changes_too) {
  server_process server{with("listen = 127.0.0.1:0\nversion = 1\n")};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/version").body == "1");
  reload(server, "listen = 127.0.0.1:0\nversion = 2\n");
  BOOST_TEST(kept.get("/version").body == "2");
}

BOOST_AUTO_TEST_CASE(the_command_line_stays_stronger_than_the_file) {
  auto how = with("listen = 127.0.0.1:0\n");
  how.command.insert(how.command.end(), {"--server_name", "Flag"});
  server_process server{how};
  reload(server, "listen = 127.0.0.1:0\nserver_name = File\n");
  BOOST_TEST(get(server.address(), "/").field("server").value_or("") == "Flag");
}

BOOST_AUTO_TEST_CASE(a_bad_file_changes_nothing_and_its_lines_are_named) {
  server_process server{with("listen = 127.0.0.1:0\nversion = good\n")};
  const auto log = refuse(server, "listen = 127.0.0.1:0\nversion = bad\nthreads = many\n[limits]\nhaed = 1k\n");
  BOOST_TEST(has(log, "baton.conf:3: "), log);
  BOOST_TEST(has(log, "baton.conf:5: "), log);
  BOOST_TEST(get(server.address(), "/version").body == "good");
  reload(server, "listen = 127.0.0.1:0\nversion = better\n");
  BOOST_TEST(get(server.address(), "/version").body == "better");
}

BOOST_AUTO_TEST_CASE(a_file_that_has_gone_changes_nothing) {
  server_process server{with("listen = 127.0.0.1:0\nversion = good\n")};
  std::filesystem::remove(directory / "baton.conf");
  server.signal(SIGHUP);
  BOOST_TEST(server.logs("configuration unchanged"));
  BOOST_TEST(server.logs("cannot read conf file " + directory / "baton.conf", 0ms));
  BOOST_TEST(get(server.address(), "/version").body == "good");
}

BOOST_AUTO_TEST_CASE(a_conf_file_that_came_through_a_pipe_cannot_be_read_again_and_changes_nothing) {
  launch how;
  how.command = {"/bin/sh", "-c",
                 "printf 'listen = 127.0.0.1:0\\nversion = piped\\n' | exec '" + demo_program() +
                     "' --config /dev/stdin --threads 1"};
  server_process server{how};
  server.signal(SIGHUP);
  BOOST_TEST(server.logs("configuration unchanged"));
  BOOST_TEST(server.logs("cannot read conf file /dev/stdin: no regular file", 0ms));
  BOOST_TEST(get(server.address(), "/version").body == "piped");
}

BOOST_AUTO_TEST_CASE(a_listener_comes_and_goes_while_its_connections_live_on) {
  const std::string stays = "listen = 127.0.0.1:0\n";
  const auto path = directory / "socket";
  server_process server{with(stays)};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/plaintext").status == 200);

  reload(server, stays + "listen = unix:" + path + "\n");
  raw_client through{unix_endpoint(path)};
  BOOST_TEST(through.get("/pid").body == std::to_string(server.pid()));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);

  reload(server, stays);
  BOOST_TEST(server.logs("unix:" + path + " is not served any more"));
  BOOST_TEST(!std::filesystem::exists(path));
  BOOST_TEST(through.get("/plaintext").status == 200);
  BOOST_TEST(kept.get("/plaintext").status == 200);

  reload(server, stays + "listen = unix:" + path + "\n");
  BOOST_TEST(get(unix_endpoint(path), "/plaintext").status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(every_listener_may_be_another_one) {
  const auto path = directory / "socket";
  server_process server{with("listen = 127.0.0.1:0\n")};
  const auto before = server.address();
  reload(server, "listen = unix:" + path + "\n");
  BOOST_TEST(eventually(patience, [&] { return refuses(before); }));
  BOOST_TEST(get(unix_endpoint(path), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_listener_that_cannot_be_bound_is_named_and_changes_nothing) {
  server_process other;
  server_process server{with("listen = 127.0.0.1:0\nversion = good\n")};
  const auto path = directory / "socket";
  const auto log =
      refuse(server, "listen = unix:" + path + "\nlisten = " + other.address().text() + "\nversion = bad\n");
  BOOST_TEST(has(log, "cannot listen on " + other.address().text() + ": bind"), log);
  BOOST_TEST(!std::filesystem::exists(path));
  BOOST_TEST(get(server.address(), "/version").body == "good");
}

BOOST_AUTO_TEST_CASE(the_mode_of_a_unix_socket_changes) {
  const auto path = directory / "socket";
  const auto text = "listen = unix:" + path + "\n[unix]\nmode = ";
  server_process server{with(text + "0660\n")};
  reload(server, text + "0600\n");
  BOOST_TEST(eventually(patience, [&] { return mode_of(path) == 0600U; }));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(an_owner_that_does_not_exist_refuses_the_reload) {
  const auto text = "listen = unix:" + directory / "socket" + "\n[unix]\nowner = ";
  server_process server{with(text + "\n")};
  const auto log = refuse(server, text + "no-such-user-here\n");
  BOOST_TEST(has(log, "no such user as 'no-such-user-here'"), log);
}

BOOST_AUTO_TEST_CASE(the_pid_file_moves) {
  const std::string listen = "listen = 127.0.0.1:0\npid_file = ";
  server_process server{with(listen + directory / "old.pid\n")};
  const auto pid = std::to_string(server.pid()) + "\n";
  BOOST_TEST(directory.read("old.pid") == pid);
  reload(server, listen + directory / "new.pid\n");
  BOOST_TEST(directory.read("new.pid") == pid);
  BOOST_TEST(!std::filesystem::exists(directory / "old.pid"));
  refuse(server, listen + directory / "missing/third.pid\n");
  BOOST_TEST(directory.read("new.pid") == pid);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!std::filesystem::exists(directory / "new.pid"));
}

BOOST_AUTO_TEST_CASE(another_name_of_the_pid_file_does_not_remove_it) {
  const std::string listen = "listen = 127.0.0.1:0\npid_file = ";
  server_process server{with(listen + directory / "a.pid\n")};
  reload(server, listen + directory / "./a.pid\n");
  BOOST_TEST(directory.read("a.pid") == std::to_string(server.pid()) + "\n");
}

BOOST_AUTO_TEST_CASE(what_only_an_upgrade_can_change_is_said) {
  server_process server{bare_demo({"--config", conf("listen = 127.0.0.1:0\nthreads = 1\n")})};
  const auto log = reload(server, "listen = 127.0.0.1:0\nthreads = 2\n[blocking]\nthreads = 3\n");
  BOOST_TEST(has(log, "threads: 1 -> 2 (takes effect with the next upgrade)"), log);
  BOOST_TEST(has(log, "blocking.threads: 8 -> 3 (takes effect with the next upgrade)"), log);
}

BOOST_AUTO_TEST_CASE(the_drain_follows_the_new_settings) {
  server_process server{with("listen = 127.0.0.1:0\n[drain]\nidle = linger\nlinger = 60s\ntimeout = 60s\n")};
  raw_client kept{server.address()};
  BOOST_TEST(kept.get("/plaintext").status == 200);
  reload(server, "listen = 127.0.0.1:0\n[drain]\nidle = close\n");
  BOOST_TEST(server.stop(5s) == 0);
}

BOOST_AUTO_TEST_CASE(a_process_that_drains_is_not_killed_and_says_that_it_keeps_its_configuration) {
  server_process server{with("listen = 127.0.0.1:0\n")};
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=700"));
  BOOST_REQUIRE(eventually(patience, [&] { return get(server.address(), "/plaintext").status == 200; }));
  const auto pid = server.pid();
  server.signal(pid, SIGTERM);
  BOOST_REQUIRE(server.logs("-> draining"));
  for (const int number : {SIGHUP, SIGUSR1}) server.signal(pid, number);
  BOOST_TEST(server.logs("is draining; it keeps its configuration"));
  BOOST_TEST(client.read().body == "slept 700");
  BOOST_TEST(server.wait(pid) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
