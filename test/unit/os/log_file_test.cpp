// The log in a file: appended to, line by line, and followed through a rotation without losing one.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/log.hpp"
#include "os/log_file.hpp"

namespace baton::os {
namespace {

struct fixture {
  fixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "baton-log-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
  }
  ~fixture() {
    log::set_destination(nullptr);
    std::filesystem::remove_all(directory);
  }

  [[nodiscard]] std::string path(const std::string& name = "log") const { return directory + "/" + name; }
  [[nodiscard]] std::vector<std::string> lines(const std::string& name = "log") const {
    std::vector<std::string> all;
    std::ifstream in{path(name)};
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  void log_to_file() const {
    auto opened = open_log_file(path());
    BOOST_REQUIRE(opened.has_value());
    log::set_destination(std::move(*opened));
  }

  std::string directory;
};

bool ends_with(const std::string& line, const std::string& end) {
  return line.size() >= end.size() && line.compare(line.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_file, fixture)

BOOST_AUTO_TEST_CASE(lines_go_to_the_file_behind_what_is_there) {
  std::ofstream{path()} << "what was there\n";
  log_to_file();
  log::error("first {}", 1);
  log::error("second");
  const auto all = lines();
  BOOST_REQUIRE(all.size() == 3U);
  BOOST_TEST(all[0] == "what was there");
  BOOST_TEST(ends_with(all[1], " error: first 1"), all[1]);
  BOOST_TEST(ends_with(all[2], " error: second"), all[2]);
}

BOOST_AUTO_TEST_CASE(a_new_file_is_for_its_owner_and_group_alone) {
  const mode_t before = ::umask(0);
  log_to_file();
  ::umask(before);
  struct stat found {};
  BOOST_REQUIRE(::stat(path().c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777U) == 0640U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_an_error_that_names_it) {
  const auto opened = open_log_file(path("missing/log"));
  BOOST_REQUIRE(!opened);
  BOOST_TEST(opened.error().text().find(path("missing/log")) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_fifo_that_nobody_reads_is_an_error_and_holds_nobody_up) {
  BOOST_REQUIRE(::mkfifo(path().c_str(), 0600) == 0);
  BOOST_TEST(!open_log_file(path()));
}

BOOST_AUTO_TEST_CASE(a_renamed_file_is_written_on_until_the_path_is_opened_anew) {
  log_to_file();
  log::error("one");
  std::filesystem::rename(path(), path("log.1"));
  log::error("two");
  log_to_file();
  log::error("three");
  BOOST_TEST(lines("log.1").size() == 2U);
  BOOST_REQUIRE(lines().size() == 1U);
  BOOST_TEST(ends_with(lines()[0], "three"));
}

BOOST_AUTO_TEST_CASE(rotations_while_threads_log_lose_and_cut_no_line) {
  constexpr int threads = 4;
  constexpr int each = 500;
  constexpr int rotations = 20;
  log_to_file();
  std::atomic<bool> go{false};
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([t, &go] {
      while (!go) std::this_thread::yield();
      for (int i = 0; i < each; ++i) log::error("line {}-{} with some more text behind it", t, i);
    });
  }
  go = true;
  for (int i = 0; i < rotations; ++i) {
    std::filesystem::rename(path(), path("log." + std::to_string(i)));
    log_to_file();
  }
  for (std::thread& one : running) one.join();
  std::set<std::string> seen;
  const auto take = [&](const std::string& name) {
    for (const std::string& line : lines(name)) {
      BOOST_TEST(ends_with(line, " with some more text behind it"), line);
      const auto at = line.find(" line ");
      BOOST_TEST(at != std::string::npos, line);
      BOOST_TEST(seen.insert(line.substr(at)).second, line);
    }
  };
  for (int i = 0; i < rotations; ++i) take("log." + std::to_string(i));
  take("log");
  BOOST_TEST(seen.size() == static_cast<std::size_t>(threads) * each);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::os
