#include "os/pid_file.hpp"

#include <filesystem>
#include <iterator>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

struct a_directory : unit::nothing_left {
  test::temporary_directory directory;
  std::string path = directory / "baton.pid";
  std::string own = std::to_string(::getpid()) + "\n";

  [[nodiscard]] auto files() const {
    return std::distance(std::filesystem::directory_iterator{directory.path()}, std::filesystem::directory_iterator{});
  }
};

BOOST_FIXTURE_TEST_SUITE(pid_files, a_directory)

BOOST_AUTO_TEST_CASE(the_file_holds_our_pid_and_nothing_else_is_left) {
  BOOST_TEST(write_pid_file(path).has_value());
  BOOST_TEST(directory.read("baton.pid") == own);
  BOOST_TEST(files() == 1);
  struct stat info {};
  BOOST_TEST_REQUIRE(::stat(path.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0644U);
}

BOOST_AUTO_TEST_CASE(the_file_of_a_predecessor_is_replaced_by_another_file) {
  directory.write("baton.pid", "1\n");
  struct stat before {};
  struct stat after {};
  const std::string kept = directory / "kept";
  BOOST_TEST_REQUIRE(::link(path.c_str(), kept.c_str()) == 0);  // so that the inode is not used again
  ::stat(path.c_str(), &before);
  BOOST_TEST(write_pid_file(path).has_value());
  ::stat(path.c_str(), &after);
  BOOST_TEST(directory.read("baton.pid") == own);
  BOOST_TEST(before.st_ino != after.st_ino);
}

BOOST_AUTO_TEST_CASE(a_draft_left_by_an_earlier_process_is_no_obstacle) {
  directory.write("baton.pid." + std::to_string(::getpid()) + ".tmp", "half");
  BOOST_TEST(write_pid_file(path).has_value());
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(a_draft_leaves_the_file_of_a_predecessor_until_it_is_published) {
  directory.write("baton.pid", "1\n");
  auto draft = pid_file_draft::write(path);
  BOOST_TEST_REQUIRE(draft.has_value());
  BOOST_TEST(directory.read("baton.pid") == "1\n");
  BOOST_TEST(draft->publish().has_value());
  BOOST_TEST(directory.read("baton.pid") == own);
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(a_draft_that_is_not_published_leaves_nothing) {
  directory.write("baton.pid", "1\n");
  {
    auto draft = pid_file_draft::write(path);
    BOOST_TEST_REQUIRE(draft.has_value());
    const pid_file_draft moved{std::move(*draft)};
    BOOST_TEST(files() == 2);
  }
  BOOST_TEST(files() == 1);
  BOOST_TEST(directory.read("baton.pid") == "1\n");
}

BOOST_AUTO_TEST_CASE(a_published_file_outlives_its_draft) {
  {
    auto draft = pid_file_draft::write(path);
    BOOST_TEST_REQUIRE(draft.has_value());
    BOOST_TEST(draft->publish().has_value());
  }
  BOOST_TEST(directory.read("baton.pid") == own);
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_an_error_that_names_it) {
  const auto written = write_pid_file(directory / "absent/baton.pid");
  BOOST_TEST_REQUIRE(!written.has_value());
  BOOST_TEST(written.error().text().find("open " + (directory / "absent/baton.pid")) == 0U);
  BOOST_TEST(written.error().code.value() == ENOENT);
}

BOOST_AUTO_TEST_CASE(a_failed_rename_leaves_no_draft) {
  std::filesystem::create_directory(path);
  BOOST_TEST(!write_pid_file(path).has_value());
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(only_our_own_file_is_removed) {
  BOOST_TEST(write_pid_file(path).has_value());
  BOOST_TEST(*remove_pid_file(path));
  BOOST_TEST(files() == 0);
  directory.write("baton.pid", "1\n");
  BOOST_TEST(!*remove_pid_file(path));
  directory.write("baton.pid", own + "x");
  BOOST_TEST(!*remove_pid_file(path));
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_no_error) {
  BOOST_TEST(!*remove_pid_file(path));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
