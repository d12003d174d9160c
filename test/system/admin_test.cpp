// The admin listener: health, metrics, status, and how it goes with reloads and upgrades.
#include <signal.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/eventually.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;
namespace json = boost::json;

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Its port is the system's choice; the log tells.
endpoint admin_of(const server_process& server) {
  constexpr std::string_view before = "admin listener on ";
  BOOST_REQUIRE(server.logs(before));
  const std::string log = server.log();
  const auto at = log.rfind(before);
  const std::string rest = log.substr(at + before.size());
  return endpoint::parse("http://" + rest.substr(0, rest.find('\n')));
}

launch with_admin(std::vector<std::string> flags = {}) {
  flags.insert(flags.end(), {"--admin", "127.0.0.1:0"});
  return demo(std::move(flags));
}

// The value of the one sample whose line begins so; -1: there is none.
double sample(const std::string& metrics, const std::string& name) {
  const auto at = metrics.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(metrics.substr(at + name.size() + 2));
}

constexpr const char* gets = "baton_http_requests_total{method=\"get\",class=\"2xx\"}";

json::value status_of(const endpoint& admin) {
  return json::parse(get(admin, "/status.json").body);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin, leak_check)

BOOST_AUTO_TEST_CASE(health_and_metrics_are_answered_and_the_program_s_routes_are_not) {
  server_process server{with_admin()};
  const endpoint admin = admin_of(server);
  BOOST_TEST(get(admin, "/livez").status == 200);
  BOOST_TEST(get(admin, "/readyz").body == "ready\n");
  BOOST_TEST(get(admin, "/plaintext").status == 404);
  BOOST_TEST(get(server.address(), "/metrics").status == 404);
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(get(server.address(), "/throw").status == 500);
  std::string metrics;
  BOOST_TEST(eventually(patience, [&] { return has(metrics = get(admin, "/metrics").body, "class=\"5xx\"} 1\n"); }));
  BOOST_TEST(sample(metrics, gets) == 1);
  BOOST_TEST(sample(metrics, "baton_handler_failures_total") == 1);
  // Noted when the answers have left, perhaps a moment after they have come.
  BOOST_TEST(eventually(
      patience, [&] { return sample(get(admin, "/metrics").body, "baton_http_request_duration_seconds_count") == 3; }));
  BOOST_TEST(sample(metrics, "process_open_fds") > 3);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_page_brings_a_policy_that_allows_nothing_from_elsewhere) {
  server_process server{with_admin()};
  const endpoint admin = admin_of(server);
  for (const char* const path : {"/", "/status.css", "/status.js"}) {
    const reply page = get(admin, path);
    BOOST_TEST(page.status == 200);
    BOOST_TEST(!page.body.empty());
    BOOST_TEST(has(page.field("content-security-policy").value_or(""), "default-src 'none'"));
    BOOST_TEST(!has(page.body, "style=\""));
    BOOST_TEST(!has(page.body, "onclick"));
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(it_answers_while_every_connection_of_the_program_is_taken) {
  server_process server{with_admin({"--limits.connections", "1"})};
  raw_client only{server.address()};
  BOOST_TEST(only.get("/plaintext").status == 200);
  BOOST_TEST(get(server.address(), "/plaintext").status == 503);
  const endpoint admin = admin_of(server);
  BOOST_TEST(sample(get(admin, "/metrics").body, "baton_connections_refused_total") == 1);
  BOOST_TEST(sample(get(admin, "/metrics").body, "baton_connections{state=\"idle\"}") == 1);
  only.abort();
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(readyz_says_503_from_the_signal_to_stop_on) {
  server_process server{with_admin({"--shutdown.delay", "1m"})};
  const endpoint admin = admin_of(server);
  const pid_t pid = server.pid();
  server.signal(SIGTERM);
  BOOST_TEST(eventually(patience, [&] { return get(admin, "/readyz").status == 503; }));
  BOOST_TEST(get(admin, "/livez").status == 200);
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.signal(SIGTERM);  // at once
  server.wait(pid);
}

BOOST_AUTO_TEST_CASE(counts_and_the_listener_pass_to_the_new_process) {
  server_process server{with_admin()};
  const endpoint admin = admin_of(server);
  for (int i = 0; i < 5; ++i) BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  server.upgrade();
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(eventually(patience, [&] { return sample(get(admin, "/metrics").body, gets) == 6; }));
  const json::value now = status_of(admin);
  BOOST_TEST(now.at("generation").to_number<int>() == 2);
  const auto& history = now.at("history").as_array();
  BOOST_REQUIRE(history.size() == 1U);
  BOOST_TEST(history.at(0).at("result").as_string() == "ready");
  BOOST_TEST(sample(get(admin, "/metrics").body, "baton_upgrades_total{result=\"ready\"}") == 1);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_new_process_tells_how_far_the_old_one_has_drained) {
  server_process server{with_admin()};
  const endpoint admin = admin_of(server);
  const pid_t old = server.pid();
  raw_client slow{server.address()};
  slow.send(get_request("/sleep?ms=2500"));
  BOOST_TEST(
      eventually(patience, [&] { return status_of(admin).at("connections").at("active").to_number<int>() > 0; }));
  server.signal(SIGUSR2);
  server.await(2);
  json::array shown;
  BOOST_TEST(eventually(patience, [&] {
    shown = status_of(admin).at("generations").as_array();
    return shown.size() == 2 && shown[0].at("phase").as_string() == "draining";
  }));
  BOOST_TEST(shown.at(0).at("pid").to_number<pid_t>() == old);
  BOOST_TEST(shown.at(0).at("connections").at("active").to_number<int>() == 1);
  BOOST_TEST(shown.at(0).at("cut_in_ms").to_number<int>() > 0);
  BOOST_TEST(shown.at(1).at("generation").to_number<int>() == 2);
  BOOST_TEST(slow.read().status == 200);
  BOOST_TEST(server.wait(old) == 0);
  BOOST_TEST(eventually(patience, [&] { return status_of(admin).at("generations").as_array().size() == 1; }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(event_streams_end_cleanly_at_an_upgrade_and_say_when_to_come_back) {
  server_process server{with_admin()};
  raw_client watcher{admin_of(server)};
  watcher.send(get_request("/events"));
  BOOST_TEST(watcher.await_bytes());
  server.upgrade();
  const reply events = watcher.read();  // complete: its last chunk has come
  BOOST_TEST(events.field("content-type").value_or("") == "text/event-stream");
  BOOST_TEST(has(events.body, "event: status\ndata: {"));
  BOOST_TEST(events.body.ends_with("retry: 200\n\n"));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_reload_opens_moves_and_closes_it) {
  const temporary_directory directory;
  const std::string conf = directory.write("baton.conf", "listen = 127.0.0.1:0\n");
  server_process server{bare_demo({"--config", conf})};
  const auto reload = [&](const std::string& text) {
    directory.write("baton.conf", "listen = 127.0.0.1:0\n" + text);
    const auto from = server.log().size();
    server.signal(SIGHUP);
    BOOST_REQUIRE(server.logs("configuration reloaded", patience, from));
  };
  const endpoint first = endpoint::parse("unix:" + (directory / "a.sock"));
  const endpoint second = endpoint::parse("unix:" + (directory / "b.sock"));
  reload("admin = unix:" + (directory / "a.sock") + "\n");
  BOOST_TEST(get(first, "/readyz").status == 200);
  reload("admin = unix:" + (directory / "b.sock") + "\n");
  BOOST_TEST(get(second, "/readyz").status == 200);
  BOOST_TEST(eventually(patience, [&] { return !std::filesystem::exists(directory / "a.sock"); }));
  server.upgrade();
  BOOST_TEST(get(second, "/readyz").status == 200);
  reload("");
  BOOST_TEST(eventually(patience, [&] { return !std::filesystem::exists(directory / "b.sock"); }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
