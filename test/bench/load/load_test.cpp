// The load generator against the bare loop: what it counts is what was asked for, and it says so when a
// server answers wrongly. Fractions of a second; no figure is judged.
#include <algorithm>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <numeric>

#include "support/child_process.hpp"
#include "support/https_site.hpp"
#include "support/leak_check.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;
namespace json = boost::json;

namespace {

launch command(std::vector<std::string> words) {
  launch how;
  how.command = std::move(words);
  return how;
}

class bare_loop {
 public:
  bare_loop() : child_{command({BENCH_BARE_LOOP, "--port", "0"})} {
    if (!child_.out().has("\n")) throw std::runtime_error{"the bare loop does not serve"};
  }
  [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }
  [[nodiscard]] std::string port() const {
    const auto text = child_.out().text();
    return text.substr(8, text.find('\n') - 8);
  }
  void signal(int number) const { child_.signal(child_.pid(), number); }
  int stop() {
    child_.signal(child_.pid(), SIGTERM);
    return child_.wait();
  }

 private:
  child_process child_;
};

outcome load(const std::string& port, const std::vector<std::string>& more) {
  std::vector<std::string> words{BENCH_LOAD, "--port", port, "--connections", "4"};
  for (const auto& [flag, value] : {std::pair{"--warm", "0.05"}, {"--seconds", "0.2"}}) {
    if (std::find(more.begin(), more.end(), flag) == more.end()) words.insert(words.end(), {flag, value});
  }
  words.insert(words.end(), more.begin(), more.end());
  return run_command(command(std::move(words)));
}

json::object report(const outcome& run) {
  BOOST_TEST_REQUIRE(run.status == 0, run.err);
  return json::parse(run.out).as_object();
}

std::int64_t number(const json::object& of, std::string_view name) {
  return of.at(name).to_number<std::int64_t>();
}

std::int64_t sum(const json::array& of) {
  return std::accumulate(of.begin(), of.end(), std::int64_t{0},
                         [](auto all, const auto& each) { return all + each.template to_number<std::int64_t>(); });
}

// How often a process has waited for something.
long waits(pid_t pid) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("voluntary_ctxt_switches:")) return std::stol(line.substr(line.find('\t')));
  }
  return 0;
}

// What holds of every closed loop that went well.
void check_sound(const json::object& seen) {
  const auto requests = number(seen, "requests");
  BOOST_TEST(requests > 0);
  BOOST_TEST(number(seen, "errors") == 0);
  BOOST_TEST(number(seen, "bytes") > requests * 100);
  BOOST_TEST(seen.at("windows").as_array().size() == 2u);
  BOOST_TEST(sum(seen.at("windows").as_array()) == requests);
  double before = 0;
  for (const auto* part : {"p50_us", "p90_us", "p99_us", "p999_us", "max_us"}) {
    const auto at = seen.at(part).to_number<double>();
    BOOST_TEST(at >= before, part);
    before = at;
  }
  BOOST_TEST(before > 0);
  BOOST_TEST(seen.at("rate").to_number<double>() == static_cast<double>(requests) / 0.2,
             boost::test_tools::tolerance(0.01));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bench_load, leak_check)

BOOST_AUTO_TEST_CASE(kept_connections_are_not_opened_again) {
  bare_loop server;
  for (const auto& more :
       std::vector<std::vector<std::string>>{{},
                                             {"--depth", "16"},
                                             {"--path", "/json"},
                                             {"--path", "/static/1k"},
                                             {"--path", "/echo", "--body", "0"},
                                             {"--path", "/echo", "--body", "1024"},
                                             {"--path", "/echo", "--body", "300000"},
                                             {"--path", "/echo", "--body", "9000", "--depth", "9"}}) {
    const auto seen = report(load(server.port(), more));
    check_sound(seen);
    BOOST_TEST(number(seen, "connects") == 0);
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(one_connection_a_request_is_opened_for_each) {
  bare_loop server;
  const auto seen = report(load(server.port(), {"--close"}));
  check_sound(seen);
  // Those under way at the begin and at the end are counted by one of the two only.
  BOOST_TEST(std::abs(number(seen, "connects") - number(seen, "requests")) <= 4);
}

// As one does that drains while the connections are opened.
BOOST_AUTO_TEST_CASE(a_connection_of_which_the_first_answer_says_that_it_closes_is_not_asked_again) {
  const server_process server{demo({"--limits.requests", "1"})};
  const auto seen = report(load(std::to_string(server.address().port), {}));
  BOOST_TEST(number(seen, "requests") > 0);
  BOOST_TEST(number(seen, "errors") == 0);
  BOOST_TEST(number(seen, "connects") > 0);
}

BOOST_AUTO_TEST_CASE(requests_at_fixed_times_are_as_many_as_were_due) {
  bare_loop server;
  const auto seen = report(load(server.port(), {"--rate", "500"}));
  const auto unsent = seen.contains("unsent") ? number(seen, "unsent") : 0;
  const auto due = number(seen, "requests") + unsent;
  BOOST_TEST(std::abs(due - 100) <= 1);
  BOOST_TEST(number(seen, "connects") == 0);
}

BOOST_AUTO_TEST_CASE(targets_of_a_file_are_taken_in_turn) {
  const temporary_directory directory;
  const auto file = directory.write("paths", "/plaintext\n/static/1k\n/json\n");
  bare_loop server;
  const auto seen = report(load(server.port(), {"--paths", file, "--depth", "3"}));
  check_sound(seen);
  // Each batch is one of each: the mean of three answers, and batches are counted whole.
  BOOST_TEST(number(seen, "requests") % 3 == 0);
  BOOST_TEST(number(seen, "bytes") > number(seen, "requests") * (1024 / 3 + 100));
}

BOOST_AUTO_TEST_CASE(silent_connections_stay_and_slow_readers_read_slowly) {
  bare_loop server;
  BOOST_TEST(number(report(load(server.port(), {"--idle", "300"})), "idle_closed") == 0);
  // Four, of 20,000 bytes a second each, for 0.2 s, and what they may make up for.
  const auto slow = report(load(server.port(), {"--path", "/static/1k", "--read-rate", "20000"}));
  BOOST_TEST(number(slow, "errors") == 0);
  BOOST_TEST(number(slow, "bytes") > 0);
  BOOST_TEST(number(slow, "bytes") <= 4 * 20000 * 0.2 + 4 * 20000 * 0.2);
}

BOOST_AUTO_TEST_CASE(websockets_echo_and_listeners_count_events) {
  server_process server;
  const auto port = std::to_string(server.address().port);
  for (const auto* size : {"0", "64", "70000"}) {
    const auto seen = report(load(port, {"--websocket", size, "--depth", "2"}));
    BOOST_TEST(number(seen, "requests") > 0);
    // What came before the measured time of the batches that it began with is not counted.
    BOOST_TEST(number(seen, "bytes") >= (number(seen, "requests") - 4 * 2) * std::stol(size));
  }
  // One a second, to each.
  const auto seen = report(load(port, {"--events", "--seconds", "1.5", "--warm", "0"}));
  BOOST_TEST(number(seen, "requests") >= 4);
  BOOST_TEST(number(seen, "requests") <= 8);
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed_when_asked_for) {
  const https_site site;
  server_process server{bare_demo(site.flags())};
  const auto port = std::to_string(server.address().port);
  check_sound(report(load(port, {"--tls"})));
  const auto full = report(load(port, {"--tls", "--handshake", "full"}));
  BOOST_TEST(number(full, "handshakes") > 0);
  BOOST_TEST(number(full, "resumed") == 0);
  const auto resumed = report(load(port, {"--tls", "--handshake", "resumed"}));
  // The first of each connection had no ticket.
  BOOST_TEST(number(resumed, "resumed") >= number(resumed, "handshakes") - 4);
  BOOST_TEST(number(resumed, "resumed") > 0);
}

BOOST_AUTO_TEST_CASE(the_latencies_are_all_there_and_put_together_give_the_percentiles) {
  bare_loop server;
  const auto seen = report(load(server.port(), {"--histogram"}));
  std::int64_t before = 0;
  std::int64_t all = 0;
  double p99 = 0;
  for (const auto& each : seen.at("histogram").as_array()) {
    const auto value = each.at(0).to_number<std::int64_t>();
    BOOST_TEST(value > before);
    before = value;
    all += each.at(1).to_number<std::int64_t>();
    if (p99 == 0 && all * 100 >= number(seen, "requests") * 99) p99 = static_cast<double>(value) / 1000;
  }
  BOOST_TEST(all == number(seen, "requests"));
  BOOST_TEST(std::abs(p99 - seen.at("p99_us").to_number<double>()) <= 0.1);
  BOOST_TEST(!report(load(server.port(), {})).contains("histogram"));
}

BOOST_AUTO_TEST_CASE(the_processor_time_is_that_of_the_processes_named_within_the_measured_time) {
  bare_loop server;
  const auto pid = std::to_string(server.pid());
  const auto busy = number(report(load(server.port(), {"--watch", pid})), "cpu_ns");
  BOOST_TEST(busy > 0);
  BOOST_TEST(busy <= 210'000'000);  // it has one thread
  // Warming up is not measured: two requests later on are next to nothing.
  const auto calm = report(load(server.port(), {"--watch", pid, "--rate", "10", "--warm", "0.3"}));
  BOOST_TEST(number(calm, "cpu_ns") < busy / 10);
  BOOST_TEST(calm.at("late_p99_us").to_number<double>() >= 0);
  BOOST_TEST(!report(load(server.port(), {})).contains("cpu_ns"));
}

BOOST_AUTO_TEST_CASE(a_stall_of_the_server_shows_in_every_request_that_was_due_meanwhile) {
  bare_loop server;
  const auto before = waits(server.pid());
  child_process asking{command(
      {BENCH_LOAD, "--port", server.port(), "--connections", "4", "--warm", "0", "--seconds", "1", "--rate", "200"})};
  // Four connections and a request on each come before the measured time; more than that is within it.
  BOOST_TEST_REQUIRE(eventually(patience, [&] { return waits(server.pid()) > before + 12; }));
  server.signal(SIGSTOP);
  std::this_thread::sleep_for(400ms);
  server.signal(SIGCONT);
  BOOST_TEST(asking.wait() == 0, asking.err().text());
  BOOST_TEST_REQUIRE(asking.out().ended());
  const auto seen = json::parse(asking.out().text()).as_object();
  // Some eighty of two hundred; a closed loop would have noticed four.
  BOOST_TEST(seen.at("p90_us").to_number<double>() > 200'000);
  BOOST_TEST(number(seen, "errors") == 0);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_success_is_an_error) {
  bare_loop server;
  const auto run = load(server.port(), {"--path", "/nowhere"});
  BOOST_TEST(run.status == 1);
  BOOST_TEST(run.err.find("closed") != std::string::npos, run.err);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_an_error) {
  bare_loop server;
  const auto port = server.port();
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(load(port, {}).status == 1);
}

BOOST_AUTO_TEST_CASE(flags_that_do_not_go_together_are_refused) {
  BOOST_TEST(load("1", {"--depth", "2", "--rate", "10"}).status == 2);
  BOOST_TEST(load("1", {"--websocket", "2", "--events"}).status == 2);
  BOOST_TEST(load("1", {"--method", "HEAD"}).status == 2);
  BOOST_TEST(load("1", {"--nonsense"}).status == 2);
  BOOST_TEST(load("1", {"--help"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
