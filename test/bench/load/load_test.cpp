// The load generator against the bare loop: what it counts is what was asked for, and it says so when a
// server answers wrongly. Fractions of a second; no figure is judged.
#include <algorithm>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <numeric>

#include "support/child_process.hpp"
#include "support/leak_check.hpp"

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
  [[nodiscard]] std::string port() const {
    const auto text = child_.out().text();
    return text.substr(8, text.find('\n') - 8);
  }
  int stop() {
    child_.signal(child_.pid(), SIGTERM);
    return child_.wait();
  }

 private:
  child_process child_;
};

outcome load(const std::string& port, std::vector<std::string> more) {
  std::vector<std::string> words{BENCH_LOAD, "--port", port, "--connections", "4", "--warm", "0.05"};
  if (std::find(more.begin(), more.end(), "--seconds") == more.end()) more.insert(more.end(), {"--seconds", "0.2"});
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

BOOST_AUTO_TEST_CASE(requests_at_fixed_times_are_as_many_as_were_due) {
  bare_loop server;
  const auto seen = report(load(server.port(), {"--rate", "500"}));
  const auto unsent = seen.contains("unsent") ? number(seen, "unsent") : 0;
  const auto due = number(seen, "requests") + unsent;
  BOOST_TEST(std::abs(due - 100) <= 1);
  BOOST_TEST(number(seen, "connects") == 0);
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
  BOOST_TEST(load("1", {"--nonsense"}).status == 2);
  BOOST_TEST(load("1", {"--help"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
