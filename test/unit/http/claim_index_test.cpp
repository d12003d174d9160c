// The index of claims against the rule itself: what it finds is what a comparison with each of them finds first.
#include "http/claim_index.hpp"

#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::http {
namespace {

registration claiming(const std::string& text, unsigned line = 1) {
  return {text, parse_pattern(text), {"here.cpp", line}};
}

// Short patterns of few words, so that many of them share paths.
class pattern_maker {
 public:
  std::string make() {
    std::string text = one_of({"", "GET ", "GET ", "HEAD ", "POST "});
    const unsigned segments = drawn(4);
    for (unsigned i = 0; i != segments; ++i) {
      const std::string wildcard = "/{w" + std::to_string(i) + "}";
      text += one_of({"/a", "/b", "/a%2Fb", wildcard, wildcard});
    }
    return text + one_of({"/", "/{$}", "/{rest...}", "/a", "/{last}"});
  }

 private:
  unsigned drawn(unsigned below) { return std::uniform_int_distribution<unsigned>{0, below - 1}(random_); }
  std::string one_of(const std::vector<std::string>& choices) {
    return choices[drawn(static_cast<unsigned>(choices.size()))];
  }
  std::mt19937 random_{7};  // NOLINT: the same patterns each time
};

const registration* first_conflict(const std::deque<registration>& all, const pattern& shape) {
  for (const registration& each : all) {
    if (conflict(shape, each.shape)) return &each;
  }
  return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(claims)

BOOST_AUTO_TEST_CASE(it_finds_what_a_comparison_with_all_finds_first) {
  pattern_maker maker;
  unsigned refused = 0;
  unsigned taken = 0;
  for (int round = 0; round != 200; ++round) {
    std::deque<registration> all;
    claim_index index;
    for (int i = 0; i != 40; ++i) {
      registration made = claiming(maker.make());
      const registration* const found = index.conflicting(made.shape);
      BOOST_REQUIRE_MESSAGE(found == first_conflict(all, made.shape), made.text);
      if (found != nullptr) {
        ++refused;
        continue;
      }
      ++taken;
      index.put(all.emplace_back(std::move(made)));
    }
  }
  BOOST_TEST(refused > 500U);
  BOOST_TEST(taken > 500U);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_both_places) {
  const registration first = claiming("GET /a/{x}", 11);
  claim_index index;
  index.put(first);
  const auto names_both = [](const std::invalid_argument& error) {
    const std::string text = error.what();
    return text.starts_with("here.cpp:22: ") && text.ends_with("registered at here.cpp:11");
  };
  BOOST_CHECK_EXCEPTION(index.refuse_conflict(claiming("GET /{y}/b", 22)), std::invalid_argument, names_both);
  index.refuse_conflict(claiming("POST /{y}/b"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
