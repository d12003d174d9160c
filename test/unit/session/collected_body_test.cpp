// A collected body against a plain string.
#include "session/collected_body.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

namespace baton::session {
namespace {

// As a socket does it: fills part of the room that there is for what is still to come.
std::size_t read_into(collected_body& body, std::string_view coming, std::size_t most) {
  const std::span<char> room = body.room(coming.size());
  BOOST_TEST_REQUIRE(!room.empty());
  BOOST_TEST_REQUIRE(room.size() <= coming.size());
  const std::size_t count = std::min(room.size(), most);
  coming.copy(room.data(), count);
  body.commit(count);
  return count;
}

std::string pattern(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>(i * 31 + i / 251);
  return made;
}

BOOST_AUTO_TEST_SUITE(collected_bodies)

BOOST_AUTO_TEST_CASE(a_new_one_holds_nothing_and_no_memory) {
  collected_body body;
  BOOST_TEST(body.empty());
  BOOST_TEST(body.bytes().empty());
  BOOST_TEST(body.room(0).empty());
  BOOST_TEST(body.capacity() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_read_and_what_is_appended_follow_each_other) {
  std::mt19937 random{7};
  const std::string whole = pattern(3'000'000);
  for (int round = 0; round < 20; ++round) {
    collected_body body;
    std::string_view coming = whole;
    while (!coming.empty()) {
      const std::size_t most = random() % 200'000 + 1;
      if (random() % 2 == 0) {
        coming.remove_prefix(read_into(body, coming, most));
      } else {
        body.append(coming.substr(0, most));
        coming.remove_prefix(std::min(most, coming.size()));
      }
    }
    BOOST_TEST((body.bytes() == whole));
  }
}

BOOST_AUTO_TEST_CASE(memory_is_taken_as_bytes_come) {
  collected_body body;
  const std::string whole = pattern(8 * 1024 * 1024);
  std::string_view coming = whole;
  while (!coming.empty()) {
    const std::size_t had = body.bytes().size();
    coming.remove_prefix(read_into(body, coming, 50'000));
    BOOST_TEST_REQUIRE(body.capacity() <= std::max<std::size_t>(2 * had, had + 64 * 1024));
  }
  BOOST_TEST(body.capacity() == whole.size());
}

BOOST_AUTO_TEST_CASE(no_read_takes_more_than_a_mebibyte) {
  collected_body body;
  body.append(pattern(4 * 1024 * 1024));
  BOOST_TEST(body.room(4 * 1024 * 1024).size() == 1024U * 1024);
}

BOOST_AUTO_TEST_CASE(the_next_one_has_the_memory) {
  collected_body body;
  body.append("first");
  const char* const memory = body.bytes().data();
  const std::size_t capacity = body.capacity();
  body.clear();
  BOOST_TEST(body.empty());
  body.append("next");
  BOOST_TEST(body.bytes() == "next");
  BOOST_TEST((body.bytes().data() == memory));
  BOOST_TEST(body.capacity() == capacity);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::session
