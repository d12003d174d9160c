// Shared objects come from private copies, and go.
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "os/shared_object.hpp"

namespace fs = std::filesystem;
using baton::os::shared_object;

namespace {

struct fixture {
  fs::path directory = make_directory();
  fs::path file = directory / "object.so";
  fixture() { fs::copy_file(TEST_PLUGINS "/no_entry.so", file); }
  ~fixture() { fs::remove_all(directory); }

  static fs::path make_directory() {
    std::string name = fs::temp_directory_path() / "baton-object-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  static bool mapped() {
    std::ifstream maps{"/proc/self/maps"};
    for (std::string line; std::getline(maps, line);) {
      if (line.find("plugin:object.so") != std::string::npos) return true;
    }
    return false;
  }
};

int call(const shared_object& object) {
  return reinterpret_cast<int (*)()>(const_cast<void*>(object.symbol("something_else")))();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shared_objects, fixture)

BOOST_AUTO_TEST_CASE(one_is_loaded_and_goes_with_its_owner) {
  const std::size_t before = baton::os::count_open_descriptors();
  {
    auto object = shared_object::load(file);
    BOOST_REQUIRE(object.has_value());
    BOOST_TEST(call(*object) == 1);
    BOOST_TEST(object->symbol("no_such_symbol") == nullptr);
    BOOST_TEST(mapped());
  }
  BOOST_TEST(!mapped());
  BOOST_TEST(baton::os::count_open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(what_is_done_to_the_file_does_not_reach_the_code) {
  auto object = shared_object::load(file);
  BOOST_REQUIRE(object.has_value());
  std::ofstream{file, std::ios::binary | std::ios::trunc} << "gone";
  BOOST_TEST(call(*object) == 1);
  fs::remove(file);
  BOOST_TEST(call(*object) == 1);
}

BOOST_AUTO_TEST_CASE(the_same_file_twice_is_two_objects) {
  auto first = shared_object::load(file);
  auto second = shared_object::load(file);
  BOOST_REQUIRE((first.has_value() && second.has_value()));
  BOOST_TEST(first->symbol("something_else") != second->symbol("something_else"));
  BOOST_TEST(first->unload());
  BOOST_TEST(call(*second) == 1);
}

BOOST_AUTO_TEST_CASE(a_version_changes_with_every_write) {
  auto object = shared_object::load(file);
  BOOST_REQUIRE(object.has_value());
  BOOST_TEST((*baton::os::look_at_file(file) == object->version()));
  const timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000, 0}};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
  BOOST_TEST((*baton::os::look_at_file(file) != object->version()));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_loaded_says_why) {
  const std::size_t before = baton::os::count_open_descriptors();
  const auto why = [](const fs::path& path) { return shared_object::load(path).error().text(); };
  BOOST_TEST(why(directory / "none.so") == "open " + (directory / "none.so").string() + ": no such file or directory");
  BOOST_TEST(why(directory) == directory.string() + ": it is no regular file");
  std::ofstream{directory / "text.so"} << std::string(5000, 'x');
  BOOST_TEST(why(directory / "text.so") == (directory / "text.so").string() + ": it is no ELF file");
  std::ofstream{directory / "empty.so"};
  BOOST_TEST(why(directory / "empty.so") == (directory / "empty.so").string() + ": it is empty");
  BOOST_TEST(why(TEST_PLUGINS "/unresolved.so").find("undefined symbol: nobody_defines_this") != std::string::npos);
  BOOST_TEST(baton::os::count_open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
