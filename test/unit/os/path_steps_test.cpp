#include "os/path_steps.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"

namespace baton::os {

static std::ostream& operator<<(std::ostream& out, const path_step& step) {
  return out << step.directory << " : " << step.name;
}

namespace {

namespace fs = std::filesystem;
using steps = std::vector<path_step>;

struct with_directory {
  test::temporary_directory directory;
  const std::string root = fs::canonical(directory.path());

  /// Without the steps to the temporary directory itself.
  [[nodiscard]] steps below(const std::string& path) const {
    const auto all = steps_along(root + path);
    const auto first = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.directory == root; });
    return {first, all.end()};
  }
  void check(const std::string& path, const steps& expected) const {
    const auto found = below(path);
    BOOST_TEST(found == expected, boost::test_tools::per_element());
  }
};

BOOST_FIXTURE_TEST_SUITE(steps_along_a_path, with_directory)

BOOST_AUTO_TEST_CASE(begin_at_the_root) {
  const auto all = steps_along("/usr/bin");
  BOOST_REQUIRE(!all.empty());
  BOOST_TEST(all.front() == (path_step{"/", "usr"}));
}

BOOST_AUTO_TEST_CASE(are_its_directories_where_there_are_no_links) {
  fs::create_directories(root + "/a/b");
  directory.write("a/b/file", "x");
  check("/a//b/./file", {{root, "a"}, {root + "/a", "b"}, {root + "/a/b", "file"}});
  check("/a/b/../b/file", {{root, "a"}, {root + "/a", "b"}, {root + "/a", "b"}, {root + "/a/b", "file"}});
}

BOOST_AUTO_TEST_CASE(follow_links_of_files_and_of_directories) {
  fs::create_directories(root + "/releases/2");
  directory.write("releases/2/server-2", "x");
  fs::create_symlink("server-2", root + "/releases/2/server");
  fs::create_symlink("releases/2", root + "/current");
  check("/current/server", {{root, "current"},
                            {root, "releases"},
                            {root + "/releases", "2"},
                            {root + "/releases/2", "server"},
                            {root + "/releases/2", "server-2"}});
}

BOOST_AUTO_TEST_CASE(begin_anew_at_an_absolute_link) {
  directory.write("real", "x");
  fs::create_symlink(root + "/real", root + "/link");
  const auto all = steps_along(root + "/link");
  BOOST_TEST(all.back() == (path_step{root, "real"}));
  BOOST_TEST(std::count(all.begin(), all.end(), all.front()) == 2);
}

BOOST_AUTO_TEST_CASE(end_where_something_is_missing) {
  check("/absent/server", {{root, "absent"}});
  fs::create_symlink("nowhere", root + "/dangling");
  check("/dangling/server", {{root, "dangling"}, {root, "nowhere"}});
}

BOOST_AUTO_TEST_CASE(end_in_a_circle) {
  fs::create_symlink("two", root + "/one");
  fs::create_symlink("one", root + "/two");
  BOOST_TEST(below("/one").size() == 41U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
