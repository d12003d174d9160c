// Conditions, their dates and tags; codings and media types that answers are chosen by.
#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/conditional.hpp>

#include "http/content_coding.hpp"
#include "http/date.hpp"
#include "http/media_types.hpp"
#include "unit/http/support.hpp"

namespace baton {
namespace {

using http::coding;
using http::get_head;
using http::parsed_head;

constexpr std::chrono::sys_seconds example{std::chrono::seconds{784111777}};
const std::string same_date = "Sun, 06 Nov 1994 08:49:37 GMT";
const std::string earlier = "Sun, 06 Nov 1994 08:49:36 GMT";

std::string outcome(const std::string& fields, const std::string& method = "GET", const std::string& etag = "\"a\"",
                    bool exists = true) {
  parsed_head head{method + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"};
  switch (evaluate(head.req, {etag, example, true, exists})) {
    case precondition::none:
      return "200";
    case precondition::not_modified:
      return "304";
    case precondition::failed:
      break;
  }
  return "412";
}

std::string best(const std::string& fields) {
  parsed_head head{get_head("/", fields)};
  constexpr std::array offered{coding::brotli, coding::gzip};
  return std::string{to_string(http::accepted_codings{head.req}.best(offered))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(dates_are_read_in_all_three_forms) {
  for (const std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    BOOST_TEST((parse_http_date(text) == example), text);
  }
  BOOST_TEST((parse_http_date("Wed, 31 Dec 2025 23:59:60 GMT").has_value()));
  BOOST_TEST(http::format_date(parse_http_date("Thursday, 29-Feb-24 00:00:00 GMT").value()) ==
             "Thu, 29 Feb 2024 00:00:00 GMT");
}

BOOST_AUTO_TEST_CASE(what_is_no_date_is_none) {
  for (const std::string_view text :
       {"", "Sun", "Sun, ", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 ovD 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "784111777",
        "Sunday, 06-Nov-1994 08:49:37 GMT"}) {
    BOOST_TEST(!parse_http_date(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(if_none_match_compares_weakly_and_comes_before_the_date) {
  BOOST_TEST(outcome("") == "200");
  BOOST_TEST(outcome("If-None-Match: \"a\"\r\n") == "304");
  BOOST_TEST(outcome("If-None-Match: W/\"a\"\r\n") == "304");
  BOOST_TEST(outcome("If-None-Match: \"x,y\" , \"a\"\r\n") == "304");
  BOOST_TEST(outcome("If-None-Match: \"x\"\r\nIf-None-Match: \"a\"\r\n") == "304");
  BOOST_TEST(outcome("If-None-Match: *\r\n") == "304");
  BOOST_TEST(outcome("If-None-Match: *\r\n", "PUT") == "412");
  BOOST_TEST(outcome("If-None-Match: *\r\n", "PUT", "", false) == "200");
  BOOST_TEST(outcome("If-None-Match: a\r\n") == "200");
  BOOST_TEST(outcome("If-None-Match: \"x\"\r\nIf-Modified-Since: " + same_date + "\r\n") == "200");
}

BOOST_AUTO_TEST_CASE(if_modified_since_counts_for_reading_alone) {
  BOOST_TEST(outcome("If-Modified-Since: " + same_date + "\r\n") == "304");
  BOOST_TEST(outcome("If-Modified-Since: " + same_date + "\r\n", "HEAD") == "304");
  BOOST_TEST(outcome("If-Modified-Since: " + earlier + "\r\n") == "200");
  BOOST_TEST(outcome("If-Modified-Since: now\r\n") == "200");
  BOOST_TEST(outcome("If-Modified-Since: " + same_date + "\r\n", "POST") == "200");
}

BOOST_AUTO_TEST_CASE(if_match_compares_strongly_and_comes_before_all) {
  BOOST_TEST(outcome("If-Match: \"a\"\r\n") == "200");
  BOOST_TEST(outcome("If-Match: *\r\n") == "200");
  BOOST_TEST(outcome("If-Match: *\r\n", "PUT", "", false) == "412");
  BOOST_TEST(outcome("If-Match: \"x\"\r\n") == "412");
  BOOST_TEST(outcome("If-Match: W/\"a\"\r\n") == "412");
  BOOST_TEST(outcome("If-Match: \"a\"\r\n", "GET", "W/\"a\"") == "412");
  BOOST_TEST(outcome("If-Match: \"x\"\r\nIf-None-Match: \"a\"\r\n") == "412");
  BOOST_TEST(outcome("If-Match: \"a\"\r\nIf-None-Match: \"a\"\r\n") == "304");
  BOOST_TEST(outcome("If-Match: \"a\"\r\nIf-Unmodified-Since: " + earlier + "\r\n") == "200");
  BOOST_TEST(outcome("If-Unmodified-Since: " + earlier + "\r\n") == "412");
  BOOST_TEST(outcome("If-Unmodified-Since: " + same_date + "\r\n") == "200");
  BOOST_TEST(outcome("If-Unmodified-Since: never\r\n") == "200");
}

BOOST_AUTO_TEST_CASE(a_304_carries_the_validators) {
  parsed_head head{get_head("/", "If-None-Match: \"a\"\r\n")};
  const auto answer = precondition_answer(head.req, {"\"a\"", example});
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->status() == status::not_modified);
  BOOST_TEST(answer->get("ETag").value() == "\"a\"");
  BOOST_TEST(answer->get("Last-Modified").value() == same_date);
}

BOOST_AUTO_TEST_CASE(the_coding_with_the_highest_quality_is_chosen) {
  BOOST_TEST(best("") == "identity");
  BOOST_TEST(best("Accept-Encoding:\r\n") == "identity");
  BOOST_TEST(best("Accept-Encoding: gzip\r\n") == "gzip");
  BOOST_TEST(best("Accept-Encoding: X-GZIP\r\n") == "gzip");
  BOOST_TEST(best("Accept-Encoding: gzip, deflate, br, zstd\r\n") == "br");
  BOOST_TEST(best("Accept-Encoding: br;q=0.5, gzip;q=0.501\r\n") == "gzip");
  BOOST_TEST(best("Accept-Encoding: br;q=0, *\r\n") == "gzip");
  BOOST_TEST(best("Accept-Encoding: *;q=0.1\r\n") == "br");
  BOOST_TEST(best("Accept-Encoding: gzip;q=0\r\n") == "identity");
  BOOST_TEST(best("Accept-Encoding: gzip;q=0.5, identity\r\n") == "identity");
  BOOST_TEST(best("Accept-Encoding: identity;q=0\r\n") == "identity");
  BOOST_TEST(best("Accept-Encoding: *;q=0\r\n") == "identity");
  BOOST_TEST(best("Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n") == "br");
  BOOST_TEST(best("Accept-Encoding: gzip;q=1.001, br;q=0.1234, gzip;q=x, br;level=5\r\n") == "identity");
}

BOOST_AUTO_TEST_CASE(media_types_go_by_extension) {
  BOOST_TEST(http::media_type_of("a/b.HTML") == "text/html; charset=utf-8");
  BOOST_TEST(http::media_type_of("x.tar.gz") == "application/gzip");
  BOOST_TEST(http::media_type_of("x.woff2") == "font/woff2");
  for (const std::string_view path : {"", "a", "a.b/c", ".html", "a.", "a.unknown", "a.averylongextension"}) {
    BOOST_TEST(http::media_type_of(path) == "application/octet-stream", path);
  }
  for (const std::string_view type :
       {"text/css", "TEXT/plain; charset=utf-8", "application/problem+json", "image/svg+xml"}) {
    BOOST_TEST(http::is_compressible(type), type);
  }
  for (const std::string_view type : {"", "image/png", "application/gzip", "text/event-stream", "font/woff2", "+xml"}) {
    BOOST_TEST(!http::is_compressible(type), type);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
