#include "os/process_image.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"

namespace baton::os {
namespace {

namespace files = std::filesystem;

// Sets a variable for one test.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_{name} {
    if (const char* const old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~variable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

struct in_a_directory {
  test::temporary_directory directory;
  files::path before = files::current_path();
  in_a_directory() { files::current_path(directory.path()); }
  ~in_a_directory() { files::current_path(before); }
};

process_image capture(std::vector<const char*> arguments) {
  return process_image::capture(static_cast<int>(arguments.size()), arguments.data());
}

bool has(const std::vector<std::string>& entries, std::string_view entry) {
  return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

BOOST_FIXTURE_TEST_SUITE(image_of_the_process, in_a_directory)

BOOST_AUTO_TEST_CASE(a_name_with_a_slash_is_kept_as_it_is) {
  BOOST_TEST(capture({"./app", "--x"}).binary == "./app");
  BOOST_TEST(capture({"/nowhere/app"}).binary == "/nowhere/app");
}

BOOST_AUTO_TEST_CASE(a_name_without_a_slash_is_searched_in_path_for_something_executable) {
  files::create_directory(directory.path() / "plain");
  files::create_directory(directory.path() / "bin");
  directory.write("plain/app", "");
  directory.write("bin/app", "", true);
  const variable path{"PATH", (directory / "absent") + ":" + (directory / "plain") + ":" + (directory / "bin")};
  BOOST_TEST(capture({"app"}).binary == directory / "bin/app");
  BOOST_TEST(capture({"other"}).binary == "other");
}

BOOST_AUTO_TEST_CASE(an_empty_part_of_path_is_the_current_directory) {
  directory.write("app", "", true);
  const variable path{"PATH", "/absent:"};
  BOOST_TEST(capture({"app"}).binary == "./app");
}

BOOST_AUTO_TEST_CASE(arguments_are_copied) {
  std::string changing = "before";
  const auto image = capture({"./app", changing.c_str()});
  changing = "after!";
  BOOST_TEST(image.arguments == (std::vector<std::string>{"./app", "before"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_environment_is_copied_without_what_describes_this_process) {
  const variable kept{"LISTEN_ADDRESS", "kept"};
  const variable own{"BATON_COLOUR", "kept"};
  const variable pid{"LISTEN_PID", "1"};
  const variable count{"LISTEN_FDS", "1"};
  const variable names{"LISTEN_FDNAMES", "a"};
  const variable channel{"BATON_CHANNEL_FD", "4"};
  const variable error{"BATON_STDERR_FD", "5"};
  const auto environment = capture({"./app"}).environment;
  BOOST_TEST(has(environment, "LISTEN_ADDRESS=kept"));
  BOOST_TEST(has(environment, "BATON_COLOUR=kept"));
  for (const auto& entry : environment) {
    BOOST_TEST(!is_inheritance_variable(entry.substr(0, entry.find('='))), entry);
  }
}

BOOST_AUTO_TEST_CASE(the_directory_is_pwd_where_that_names_it_through_a_link) {
  files::create_directory(directory.path() / "release-1");
  files::create_directory_symlink("release-1", directory.path() / "current");
  files::current_path(directory.path() / "release-1");
  const variable pwd{"PWD", directory / "current"};
  BOOST_TEST(capture({"./app"}).directory == directory / "current");
}

BOOST_AUTO_TEST_CASE(a_pwd_that_names_another_directory_is_not_believed) {
  const variable pwd{"PWD", "/"};
  BOOST_TEST(capture({"./app"}).directory == files::canonical(directory.path()).string());
}

BOOST_AUTO_TEST_CASE(an_argument_is_put_before_the_others) {
  const auto image = capture({"./app", "--config", "x"}).with_first_argument("--check-config");
  BOOST_TEST(image.arguments == (std::vector<std::string>{"./app", "--check-config", "--config", "x"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
