#include "http/pattern.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::http {
namespace {

relation related(std::string_view a, std::string_view b) {
  return compare(parse_pattern(a), parse_pattern(b));
}

bool conflicting(std::string_view a, std::string_view b) {
  const bool found = conflict(parse_pattern(a), parse_pattern(b));
  BOOST_TEST(conflict(parse_pattern(b), parse_pattern(a)) == found);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(patterns)

BOOST_AUTO_TEST_CASE(a_pattern_is_a_method_and_segments) {
  const pattern parsed = parse_pattern("GET /users/{id}/files/{path...}");
  BOOST_TEST(parsed.method_text == "GET");
  BOOST_TEST(parsed.path == "/users/{id}/files/{path...}");
  BOOST_REQUIRE(parsed.segments.size() == 4U);
  BOOST_TEST((parsed.segments[1].kind == segment_kind::wildcard));
  BOOST_TEST((parsed.segments[3].kind == segment_kind::rest));
  BOOST_TEST(parse_pattern("/a%20b").segments[0].text == "a b");
  BOOST_TEST(parse_pattern("/").segments.size() == 1U);
}

BOOST_AUTO_TEST_CASE(malformed_patterns_are_refused) {
  for (const std::string& text : std::vector<std::string>{
           "",          "GET",      "GET ",  "users",  "G(T /",  "/a//b",  "//",       "/{",          "/}",
           "/{}",       "/{...}",   "/{1a}", "/{a b}", "/x{id}", "/{id}x", "/{a}/{a}", "/{a}/{a...}", "/{$}/a",
           "/{p...}/a", "/{p...}/", "/a?b",  "/a#b",   "/a b",   "/%4",    "/.",       "/a/..",       "/%2e%2e"}) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_CHECK_THROW((void)parse_pattern(text), std::invalid_argument);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_more_specific_of_two_patterns_is_known) {
  BOOST_TEST((related("/a", "/a") == relation::equal));
  BOOST_TEST((related("/{x}", "/{y}") == relation::equal));
  BOOST_TEST((related("/a/", "/a/{rest...}") == relation::equal));
  BOOST_TEST((related("/users/me", "/users/{id}") == relation::more_specific));
  BOOST_TEST((related("/", "/a/b") == relation::more_general));
  BOOST_TEST((related("/{$}", "/") == relation::more_specific));
  BOOST_TEST((related("/{x}", "/{x...}") == relation::more_specific));
  BOOST_TEST((related("GET /a", "/a") == relation::more_specific));
  BOOST_TEST((related("GET /a", "HEAD /a") == relation::more_general));
  BOOST_TEST((related("GET /a", "POST /a") == relation::disjoint));
  BOOST_TEST((related("/a", "/a/") == relation::disjoint));
  BOOST_TEST((related("/{x}", "/{$}") == relation::disjoint));
  BOOST_TEST((related("/{x}/b", "/a/{y}") == relation::overlapping));
}

BOOST_AUTO_TEST_CASE(patterns_conflict_when_neither_is_more_specific) {
  BOOST_TEST(conflicting("GET /a", "GET /a"));
  BOOST_TEST(conflicting("/posts/{id}", "/{resource}/latest"));
  BOOST_TEST(conflicting("/a/", "/{x}/b/"));
  BOOST_TEST(conflicting("GET /", "/a"));
  BOOST_TEST(conflicting("HEAD /{x}", "GET /a"));
  BOOST_TEST(!conflicting("GET /a", "POST /a"));
  BOOST_TEST(!conflicting("/a/{x}", "/a/b"));
  BOOST_TEST(conflicting("/a/{x}/c", "/a/b/{y...}"));
  BOOST_TEST(!conflicting("/a/{x}", "/b/{y}/c"));
}

BOOST_AUTO_TEST_CASE(a_prefix_loses_its_last_slash) {
  BOOST_TEST(parse_prefix("/api/") == "/api");
  BOOST_TEST(parse_prefix("/").empty());
  BOOST_TEST(parse_prefix("/t/{tenant}") == "/t/{tenant}");
  BOOST_CHECK_THROW((void)parse_prefix("api"), std::invalid_argument);
  BOOST_CHECK_THROW((void)parse_prefix("/{rest...}"), std::invalid_argument);
  BOOST_CHECK_THROW((void)parse_prefix("/a/{$}"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
