#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include <boost/test/unit_test.hpp>

#include "config/parser.hpp"

using namespace baton::config;

namespace {

/// A file in a place of its own, gone at the end.
class temporary_file {
 public:
  explicit temporary_file(const std::string& text) {
    const int fd = ::mkstemp(path_.data());
    BOOST_REQUIRE(fd >= 0);
    ::close(fd);
    std::ofstream{path_, std::ios::binary} << text;
  }
  ~temporary_file() { ::unlink(path_.c_str()); }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/baton-conf-XXXXXX";
};

}  // namespace

BOOST_AUTO_TEST_SUITE(read_file_suite)

BOOST_AUTO_TEST_CASE(a_file_is_read_as_it_is) {
  const std::string text("a\0b\r\nc", 6);
  const temporary_file file{text};
  const auto content = read_file(file.path());
  BOOST_TEST(content.error == "");
  BOOST_TEST(content.text == text);
}

BOOST_AUTO_TEST_CASE(a_file_of_one_mebibyte_is_the_largest) {
  const temporary_file most{std::string(1 << 20, '#')};
  BOOST_TEST(read_file(most.path()).text.size() == 1U << 20);
  const temporary_file more{std::string((1 << 20) + 1, '#')};
  BOOST_TEST(read_file(more.path()).error == "larger than 1 MiB, which no conf file is");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_says_why) {
  BOOST_TEST(read_file("/tmp/baton-absent/none.conf").error == "No such file or directory");
  BOOST_TEST(read_file("/tmp").error == "Is a directory");
}

BOOST_AUTO_TEST_CASE(what_is_read_again_must_be_a_regular_file) {
  const temporary_file file{"threads = 1\n"};
  BOOST_TEST(read_file_again(file.path()).text == "threads = 1\n");
  BOOST_TEST(read_file_again("/dev/null").error.find("no regular file") != std::string::npos);
  BOOST_TEST(read_file_again(file.path() + ".missing").error == "No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
