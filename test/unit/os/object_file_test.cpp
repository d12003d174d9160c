// What is let through to the dynamic linker.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <boost/test/unit_test.hpp>

#include "os/object_file.hpp"

using baton::os::problem_of_object;

namespace {

// A whole shared object of this machine: the plugin that the tests build.
std::string whole() {
  std::ifstream file{TEST_PLUGINS "/no_entry.so", std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(object_files)

BOOST_AUTO_TEST_CASE(a_whole_one_is_right) {
  BOOST_TEST(problem_of_object(whole()) == "");
}

BOOST_AUTO_TEST_CASE(one_that_is_cut_short_anywhere_is_not) {
  const std::string object = whole();
  BOOST_REQUIRE(object.size() > 1000U);
  BOOST_TEST(problem_of_object({}) == "it is empty");
  const std::string_view all{object};
  for (std::size_t size = 1; size < all.size(); size += 97) {
    BOOST_TEST(problem_of_object(all.substr(0, size)) == "it is not complete", size);
  }
  BOOST_TEST(problem_of_object(all.substr(0, all.size() - 1)) == "it is not complete");
}

// A linker that has made room for everything and has not written the section table yet.
BOOST_AUTO_TEST_CASE(one_with_a_hole_at_its_end_is_not) {
  std::string object = whole();
  std::fill(object.end() - 64, object.end(), '\0');
  std::fill(object.end() - static_cast<std::ptrdiff_t>(object.size() / 4), object.end(), '\0');
  BOOST_TEST(problem_of_object(object) == "it is not complete");
}

BOOST_AUTO_TEST_CASE(other_files_are_not) {
  BOOST_TEST(problem_of_object(std::string(1000, 'x')) == "it is no ELF file");
  std::string other = whole();
  other[18] = static_cast<char>(other[18] + 1);
  BOOST_TEST(problem_of_object(other) == "it is for another machine");
  std::string relocatable = whole();
  relocatable[16] = 1;
  BOOST_TEST(problem_of_object(relocatable) == "it is no shared object");
}

BOOST_AUTO_TEST_SUITE_END()
