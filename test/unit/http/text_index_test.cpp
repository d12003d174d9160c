#include "http/text_index.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace baton::http {
namespace {

BOOST_AUTO_TEST_SUITE(text_indexes)

BOOST_AUTO_TEST_CASE(an_empty_one_finds_nothing) {
  const text_index<int> index;
  BOOST_TEST(index.find("") == nullptr);
  BOOST_TEST(index.find("a") == nullptr);
}

// Words of hashing overlap in a different way for each length.
BOOST_AUTO_TEST_CASE(texts_of_every_length_are_found_and_those_that_differ_in_one_byte_are_not) {
  std::vector<int> targets(40);
  std::vector<std::string> texts;
  text_index<int> index;
  for (std::size_t size = 0; size != targets.size(); ++size) {
    texts.push_back(std::string(size, 'x'));
    index.put(texts.back(), targets[size]);
  }
  for (std::size_t size = 0; size != targets.size(); ++size) {
    BOOST_TEST(index.find(texts[size]) == &targets[size]);
    for (std::size_t at = 0; at != size; ++at) {
      std::string other = texts[size];
      other[at] = 'y';
      BOOST_TEST(index.find(other) == nullptr);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_text_that_is_put_in_again_has_the_later_target) {
  int first = 0;
  int second = 0;
  text_index<int> index;
  index.put("a", first);
  index.put("a", second);
  BOOST_TEST(index.find("a") == &second);
}

BOOST_AUTO_TEST_CASE(it_grows) {
  std::vector<int> targets(5'000);
  text_index<int> index;
  for (std::size_t i = 0; i != targets.size(); ++i) index.put("/item/" + std::to_string(i), targets[i]);
  bool all = true;
  for (std::size_t i = 0; i != targets.size(); ++i)
    all = all && index.find("/item/" + std::to_string(i)) == &targets[i];
  BOOST_TEST(all);
  BOOST_TEST(index.find("/item/5000") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::http
