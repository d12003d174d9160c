// `log_file`: where the log goes, and that a rotation loses none of it.
#include <signal.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct fixture : leak_check {
  const temporary_directory directory;

  launch logging(const std::string& name) const { return demo({"--log_file", directory / name}); }
  [[nodiscard]] bool logs(std::string_view name, std::string_view part) const {
    return eventually(patience, [&] { return has(directory.read(name), part); });
  }
};

// The ids of the failed requests that a log tells of; every line must be a whole one.
void collect_failures(const std::string& text, std::multiset<std::string>& ids) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    BOOST_TEST(!lines.eof(), "a line without an end: " << line);
    BOOST_TEST(line.starts_with("20"), line);
    BOOST_TEST((has(line, " error: ") || has(line, " info: ") || has(line, " warning: ")), line);
    const auto at = line.find("(request ");
    if (at == line.npos) continue;
    BOOST_TEST(line.ends_with("this text stays in the log"), line);
    ids.insert(line.substr(at + 9, line.find(')', at) - at - 9));
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_file_suite, fixture)

BOOST_AUTO_TEST_CASE(the_log_goes_there_and_not_to_standard_error) {
  server_process server{logging("log")};
  BOOST_TEST(logs("log", "starting -> serving"));
  BOOST_TEST(server.log() == "");
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(logs("log", "draining -> stopped"));
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_is_told_in_the_file_and_on_standard_error) {
  server_process first;
  const auto second = run_command(demo({"--listen", first.address().text(), "--log_file", directory / "log"}));
  BOOST_TEST(second.status == 1);
  BOOST_TEST(has(second.err, "cannot listen on " + first.address().text()), second.err);
  BOOST_TEST(has(directory.read("log"), "cannot listen on " + first.address().text()));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_ends_the_start) {
  const auto result = run_command(logging("missing/log"));
  BOOST_TEST(result.status == 1);
  BOOST_TEST(has(result.err, "cannot open the log file: open " + directory / "missing/log"), result.err);
  BOOST_TEST(std::count(result.err.begin(), result.err.end(), '\n') == 1, result.err);
}

BOOST_AUTO_TEST_CASE(checking_the_configuration_makes_no_file) {
  auto how = logging("log");
  how.command.emplace_back("--check-config");
  BOOST_TEST(run_command(how).status == 0);
  BOOST_TEST(!std::filesystem::exists(directory / "log"));
}

BOOST_AUTO_TEST_CASE(rotations_under_traffic_lose_no_line) {
  constexpr int rotations = 10;
  server_process server{logging("log")};
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&, where = server.address()] {
      raw_client client{where};
      while (!stop) {
        if (client.get("/throw").status != 500) break;
        ++failures;
      }
    });
  }
  for (int i = 1; i <= rotations; ++i) {
    const int before = failures;
    BOOST_TEST(eventually(patience, [&] { return failures > before + 10; }));
    std::filesystem::rename(directory / "log", directory / ("log." + std::to_string(i)));
    server.signal(i % 2 == 0 ? SIGHUP : SIGUSR1);
    BOOST_REQUIRE(logs("log", "log file opened anew"));
  }
  stop = true;
  for (auto& each : clients) each.join();
  BOOST_TEST(server.stop() == 0);

  std::multiset<std::string> ids;
  for (int i = 1; i <= rotations; ++i) collect_failures(directory.read("log." + std::to_string(i)), ids);
  collect_failures(directory.read("log"), ids);
  BOOST_TEST(ids.size() == static_cast<std::size_t>(failures));
  BOOST_TEST(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  BOOST_TEST(server.log() == "");
}

BOOST_AUTO_TEST_CASE(a_path_that_cannot_be_opened_anew_keeps_the_old_file) {
  std::filesystem::create_directory(directory / "logs");
  server_process server{logging("logs/log")};
  std::filesystem::rename(directory / "logs", directory / "moved");
  server.signal(SIGHUP);
  BOOST_TEST(logs("moved/log", "cannot open the log file anew: open " + directory / "logs/log"));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(logs("moved/log", "draining -> stopped"));
}

BOOST_AUTO_TEST_CASE(a_rotation_works_with_a_conf_file_that_is_broken) {
  const auto conf = directory.write("baton.conf", "log_file = " + directory / "log" + "\n");
  server_process server{demo({"--config", conf})};
  std::filesystem::rename(directory / "log", directory / "log.1");
  directory.write("baton.conf", "nonsense\n");
  server.signal(SIGHUP);
  BOOST_TEST(logs("log", "configuration unchanged"));
  BOOST_TEST(logs("log", "baton.conf:1: "));
}

BOOST_AUTO_TEST_CASE(the_log_moves_to_another_file_and_back_to_standard_error) {
  const auto conf = directory.write("baton.conf", "log_file = " + directory / "a" + "\n");
  server_process server{demo({"--config", conf})};
  directory.write("baton.conf", "log_file = " + directory / "b" + "\n");
  server.signal(SIGHUP);
  BOOST_TEST(logs("b", "configuration reloaded"));
  directory.write("baton.conf", "log_file = " + directory / "missing/c" + "\n");
  server.signal(SIGHUP);
  BOOST_TEST(logs("b", "cannot open the log file: open " + directory / "missing/c"));
  directory.write("baton.conf", "");
  server.signal(SIGHUP);
  BOOST_TEST(server.logs("configuration reloaded"));
}

BOOST_AUTO_TEST_CASE(both_generations_of_an_upgrade_write_to_it) {
  server_process server{logging("log")};
  const auto old = server.pid();
  server.upgrade();
  BOOST_TEST(server.stop() == 0);
  const auto text = directory.read("log");
  BOOST_TEST(has(text, " " + std::to_string(old) + " info: generation 1: draining -> stopped"), text);
  BOOST_TEST(has(text, "generation 2: starting -> serving"), text);
  std::multiset<std::string> none;
  collect_failures(text, none);
}

BOOST_AUTO_TEST_SUITE_END()
