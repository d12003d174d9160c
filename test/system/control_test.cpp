// The control socket and batonctl, against a server that is not upgraded; for upgrades see
// test/upgrade/control_test.cpp.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "support/control_client.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

struct controlled_server {
  explicit controlled_server(std::vector<std::string> flags = {}) : server{how(std::move(flags))} {}

  launch how(std::vector<std::string> flags) const {
    flags.insert(flags.end(), {"--control", path});
    return demo(std::move(flags));
  }
  [[nodiscard]] outcome ctl(std::vector<std::string> arguments) const {
    return run_command(batonctl(path, std::move(arguments)));
  }
  [[nodiscard]] json::object status() const { return control_client{path}.ask(R"({"command":"status"})"); }

  temporary_directory directory;
  std::string path = directory / "control";
  server_process server;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::int64_t open_connections(const json::object& status) {
  return status.at("connections").at("open").to_number<std::int64_t>();
}

// Some other user's, where root runs the tests.
std::vector<std::string> as_nobody(std::vector<std::string> command) {
  command.insert(command.begin(), {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"});
  return command;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(control, leak_check)

BOOST_AUTO_TEST_CASE(the_socket_is_its_owners_alone_and_goes_with_the_server) {
  controlled_server s;
  struct stat found {};
  BOOST_REQUIRE(::stat(s.path.c_str(), &found) == 0);
  BOOST_TEST(S_ISSOCK(found.st_mode));
  BOOST_TEST((found.st_mode & 0777U) == 0600U);
  BOOST_TEST(s.server.stop() == 0);
  BOOST_TEST(!fs::exists(s.path));
}

BOOST_AUTO_TEST_CASE(a_wide_umask_makes_it_no_wider) {
  const temporary_directory directory;
  const auto path = directory / "control";
  auto how = demo({"--control", path});
  how.command.insert(how.command.begin(), {"sh", "-c", "umask 0; exec \"$0\" \"$@\""});
  server_process server{how};
  struct stat found {};
  BOOST_REQUIRE(::stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(status_is_readable_for_people_and_for_scripts) {
  controlled_server s{{"--version", "of the test"}};
  const auto shown = s.ctl({"status"});
  BOOST_TEST(shown.status == 0);
  BOOST_TEST(has(shown.out, "baton-demo of the test pid " + std::to_string(s.server.pid()) + " generation 1"),
             shown.out);
  BOOST_TEST(has(shown.out, "serving since"));
  const auto raw = s.ctl({"status", "--json"});
  BOOST_TEST(has(raw.out, "\"phase\":\"serving\""), raw.out);
  const auto status = s.status();
  BOOST_TEST(status.at("listeners").at(0).as_string() == "http://" + s.server.address().text());
  BOOST_TEST(status.at("control").as_string() == s.path);
  BOOST_TEST(status.at("drain").is_null());
}

BOOST_AUTO_TEST_CASE(connections_are_counted_by_state_and_listed) {
  controlled_server s;
  raw_client idle{s.server.address()};
  BOOST_TEST(idle.get("/plaintext").status == 200);
  BOOST_TEST(idle.get("/plaintext").status == 200);
  raw_client active{s.server.address()};
  active.send(get_request("/sleep?ms=20000"));
  const raw_client fresh{s.server.address()};
  BOOST_TEST(eventually(patience, [&] {
    const auto counts = s.status().at("connections").as_object();
    const auto is_one = [&](const char* state) { return counts.at(state).to_number<int>() == 1; };
    return is_one("idle") && is_one("active") && is_one("fresh");
  }));
  const auto list = control_client{s.path}.ask(R"({"command":"connections"})");
  BOOST_TEST(!list.at("partial").as_bool());
  BOOST_REQUIRE(list.at("connections").as_array().size() == 3U);
  const auto& first = list.at("connections").at(0).as_object();
  BOOST_TEST(first.at("state").as_string() == "idle");
  BOOST_TEST(first.at("requests").to_number<int>() == 2);
  BOOST_TEST(first.at("local").as_string() == s.server.address().text());
  BOOST_TEST(has(std::string{first.at("peer").as_string()}, "127.0.0.1:"));
  const auto shown = s.ctl({"connections", "--limit", "2"});
  BOOST_TEST(shown.status == 0);
  BOOST_TEST(has(shown.out, "PEER"));
  BOOST_TEST(has(shown.out, "2 of 3"), shown.out);
}

BOOST_AUTO_TEST_CASE(drain_finishes_what_is_under_way_and_follow_shows_it) {
  controlled_server s;
  raw_client active{s.server.address()};
  active.send(get_request("/sleep?ms=1500"));
  BOOST_TEST(eventually(patience, [&] { return open_connections(s.status()) == 1; }));
  child_process following{batonctl(s.path, {"status", "--follow"})};
  BOOST_TEST(following.out().has("serving"));
  const auto pid = s.server.pid();
  BOOST_TEST(s.ctl({"drain"}).status == 0);
  BOOST_TEST(s.status().at("phase").as_string() == "draining");
  BOOST_TEST(s.status().at("drain").at("left").to_number<int>() == 1);
  BOOST_TEST(active.read().body == "slept 1500");
  BOOST_TEST(s.server.wait(pid) == 0);
  BOOST_TEST(following.wait() == 0);
  BOOST_TEST(has(following.out().text(), "draining: 1 open: 0 fresh, 1 active"), following.out().text());
  BOOST_TEST(has(following.out().text(), "1 connections left"));
  BOOST_TEST(has(following.out().text(), "has ended\n"));
}

BOOST_AUTO_TEST_CASE(stop_ends_at_once) {
  controlled_server s;
  raw_client active{s.server.address()};
  active.send(get_request("/sleep?ms=20000"));
  const auto pid = s.server.pid();
  BOOST_TEST(s.ctl({"stop"}).status == 0);
  BOOST_TEST(s.server.wait(pid) == 1);
  BOOST_TEST(!fs::exists(s.path));
}

BOOST_AUTO_TEST_CASE(reload_says_what_has_changed_or_what_is_wrong) {
  const temporary_directory directory;
  const auto path = directory / "control";
  const auto conf = [&](const std::string& limit) {
    return directory.write(
        "baton.conf", "listen = 127.0.0.1:0\nthreads = 1\ncontrol = " + path + "\n[limits]\nhead = " + limit + "\n");
  };
  server_process server{bare_demo({"--config", conf("16k")})};
  conf("8k");
  const auto changed = run_command(batonctl(path, {"reload"}));
  BOOST_TEST(changed.status == 0, changed.err);
  BOOST_TEST(has(changed.out, "limits.head"), changed.out);
  conf("enormous");
  const auto wrong = run_command(batonctl(path, {"reload"}));
  BOOST_TEST(wrong.status == 1);
  BOOST_TEST(has(wrong.err, "baton.conf:5"), wrong.err);
  BOOST_TEST(server.logs("reload asked for by batonctl"), server.log());
}

BOOST_AUTO_TEST_CASE(a_reload_may_move_the_socket_and_keeps_its_clients) {
  const temporary_directory directory;
  const auto conf = [&](const std::string& name) {
    const auto path = name.empty() ? name : directory / name;
    return directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 1\ncontrol = " + path + "\n");
  };
  server_process server{bare_demo({"--config", conf("first")})};
  control_client client{directory / "first"};
  conf("second");
  BOOST_TEST(client.ask(R"({"command":"reload"})").at("ok").as_bool());
  BOOST_TEST(!fs::exists(directory / "first"));
  BOOST_TEST(run_command(batonctl(directory / "second", {"status"})).status == 0);
  BOOST_TEST(client.ask(R"({"command":"status"})").at("control").as_string() == directory / "second");
  conf("no/such/directory");
  BOOST_TEST(!client.ask(R"({"command":"reload"})").at("ok").as_bool());
  BOOST_TEST(run_command(batonctl(directory / "second", {"status"})).status == 0);
  conf("");
  BOOST_TEST(client.ask(R"({"command":"reload"})").at("ok").as_bool());
  BOOST_TEST(!fs::exists(directory / "second"));
  conf("third");
  BOOST_TEST(client.ask(R"({"command":"reload"})").at("ok").as_bool());
  BOOST_TEST(run_command(batonctl(directory / "third", {"status"})).status == 0);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!fs::exists(directory / "third"));
}

BOOST_AUTO_TEST_CASE(what_this_server_cannot_do_is_said) {
  controlled_server s;
  const auto rollback = s.ctl({"rollback"});
  BOOST_TEST(rollback.status == 1);
  BOOST_TEST(has(rollback.err, "rollback"), rollback.err);
}

BOOST_AUTO_TEST_CASE(batonctl_tells_by_its_status_what_went_wrong) {
  controlled_server s;
  BOOST_TEST(s.ctl({}).status == 2);
  BOOST_TEST(s.ctl({"explode"}).status == 2);
  BOOST_TEST(s.ctl({"status", "--wait"}).status == 2);
  BOOST_TEST(s.ctl({"status", "more"}).status == 2);
  BOOST_TEST(s.ctl({"status", "--timeout", "never"}).status == 2);
  BOOST_TEST(s.ctl({"connections", "--limit", "0"}).status == 2);
  const auto nowhere = run_command(batonctl(s.directory / "nothing", {"status"}));
  BOOST_TEST(nowhere.status == 3);
  BOOST_TEST(has(nowhere.err, "o such file"), nowhere.err);
}

BOOST_AUTO_TEST_CASE(a_stopped_server_is_a_time_out) {
  controlled_server s;
  s.server.signal(SIGSTOP);
  const auto late = s.ctl({"status", "--timeout", "0.3"});
  s.server.signal(SIGCONT);
  BOOST_TEST(late.status == 4, late.err);
}

BOOST_AUTO_TEST_CASE(batonctl_explains_itself_and_where_it_looks) {
  launch how;
  how.command = {batonctl_program(), "status"};
  const auto unnamed = run_command(how);
  BOOST_TEST(unnamed.status == 2);
  BOOST_TEST(has(unnamed.err, "BATON_CONTROL"), unnamed.err);
  how.command = {batonctl_program(), "--help"};
  const auto help = run_command(how);
  BOOST_TEST(help.status == 0);
  for (const auto* const each :
       {"status", "upgrade", "reload", "rollback", "drain", "stop", "connections", "history"}) {
    BOOST_TEST(has(help.out, each));
    how.command = {batonctl_program(), each, "--help"};
    const auto own = run_command(how);
    BOOST_TEST(own.status == 0);
    BOOST_TEST(has(own.out, "Exit status"), each);
  }
}

BOOST_AUTO_TEST_CASE(the_socket_is_found_by_the_environment) {
  controlled_server s;
  launch how;
  how.command = {batonctl_program(), "status"};
  how.environment = {{"BATON_CONTROL", s.path}};
  BOOST_TEST(run_command(how).status == 0);
}

BOOST_AUTO_TEST_CASE(another_user_is_refused) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can be another user");
    return;
  }
  controlled_server s;
  fs::permissions(s.directory.path(), fs::perms::all);
  auto how = batonctl(s.path, {"status"});
  how.command = as_nobody(how.command);
  // The program may lie where nobody may go.
  const auto program = s.directory / "batonctl";
  fs::copy_file(batonctl_program(), program);
  fs::permissions(program, fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add);
  *std::find(how.command.begin(), how.command.end(), batonctl_program()) = program;
  const auto kept_out = run_command(how);
  BOOST_TEST(kept_out.status == 3, kept_out.err);
  BOOST_TEST(has(kept_out.err, "ermission denied"), kept_out.err);
  fs::permissions(s.path, fs::perms::all);
  const auto refused = run_command(how);
  BOOST_TEST(refused.status == 1, refused.err);
  BOOST_TEST(has(refused.err, "only the server's own user and root"), refused.err);
  BOOST_TEST(s.server.logs("a control client is refused: user 65534"));
  BOOST_TEST(s.ctl({"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(garbage_costs_its_sender_alone) {
  controlled_server s;
  control_client follower{s.path};
  BOOST_TEST(follower.ask(R"({"command":"status","follow":true})").at("ok").as_bool());
  for (const std::string garbage : {"\n\n", "{", "GET / HTTP/1.1\r\n\r\n", "\xff\xfe\n", "{\"command\":{}}\n"}) {
    control_client client{s.path};
    BOOST_TEST(client.send(garbage));
    client.half_close();
    while (client.read_line()) {
    }
  }
  control_client bursting{s.path};
  static_cast<void>(bursting.send(std::string(1 << 20, 'x')));
  BOOST_TEST(!bursting.read().at("ok").as_bool());
  BOOST_TEST(follower.read().at("ok").as_bool());
  BOOST_TEST(get(s.server.address(), "/plaintext").status == 200);
  BOOST_TEST(s.server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(too_many_clients_are_refused_and_places_come_free) {
  controlled_server s;
  std::vector<std::unique_ptr<control_client>> crowd;
  for (int i = 0; i < 32; ++i) {
    crowd.push_back(std::make_unique<control_client>(s.path));
    BOOST_TEST(crowd.back()->ask(R"({"command":"status"})").at("ok").as_bool());
  }
  const auto refused = s.ctl({"status"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(has(refused.err, "too many"), refused.err);
  crowd.clear();
  BOOST_TEST(eventually(patience, [&] { return s.ctl({"status"}).status == 0; }));
}

BOOST_AUTO_TEST_CASE(a_stale_socket_is_replaced_and_a_live_one_is_not) {
  controlled_server s;
  const auto second = run_command(s.how({}));
  BOOST_TEST(second.status == 1);
  BOOST_TEST(has(second.err, "ddress already in use"), second.err);
  BOOST_TEST(s.ctl({"status"}).status == 0);
  const auto pid = s.server.pid();
  s.server.signal(SIGKILL);
  BOOST_TEST(s.server.wait(pid) == -SIGKILL);
  BOOST_TEST(fs::exists(s.path));
  BOOST_TEST(s.ctl({"status"}).status == 3);
  server_process next{s.how({})};
  BOOST_TEST(s.ctl({"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_failed_start_leaves_no_socket) {
  controlled_server s;
  const auto path = s.directory / "other";
  const auto failed = run_command(demo({"--listen", s.server.address().text(), "--control", path}));
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(control_clients_leave_no_descriptor) {
  controlled_server s;
  BOOST_TEST(s.ctl({"status"}).status == 0);
  const auto before = proc::descriptors(s.server.pid());
  for (int i = 0; i < 50; ++i) {
    control_client client{s.path};
    static_cast<void>(client.send(i % 2 == 0 ? "{\"command\":\"status\",\"follow\":true}\n" : "x"));
  }
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(s.server.pid()) == before; }));
}

BOOST_AUTO_TEST_SUITE_END()
