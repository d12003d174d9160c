#include "http/target.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "unit/http/support.hpp"

namespace baton::http {
namespace {

std::string path_of(const std::string& target) {
  const parsed_head parsed{get_head(target)};
  return parsed.result.outcome == head_outcome::complete ? std::string{parsed.req.path()} : "refused";
}

parsed_head with_host(const std::string& host) {
  return parsed_head{"GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(a_path_is_decoded_exactly_once) {
  BOOST_TEST(path_of("/") == "/");
  BOOST_TEST(path_of("/a%20b/%C3%a9?%zz") == "/a b/\xc3\xa9");
  BOOST_TEST(path_of("/%252e%252e") == "/%2e%2e");
  BOOST_TEST(path_of("/a+b") == "/a+b");
  BOOST_TEST(path_of("//a") == "//a");
  BOOST_TEST(path_of("/...") == "/...");
  BOOST_TEST(path_of("/.well-known/..x") == "/.well-known/..x");
  BOOST_TEST(path_of("/a../b./c.d..e") == "/a../b./c.d..e");
}

BOOST_AUTO_TEST_CASE(a_path_without_escapes_is_a_view_of_the_target) {
  for (const char* target : {"/plain", "/plain?q", "/dotted.txt", "/a-path_of/more/than/sixteen/bytes"}) {
    const parsed_head parsed{get_head(target)};
    BOOST_TEST(static_cast<const void*>(parsed.req.path().data()) ==
               static_cast<const void*>(parsed.req.target().data()));
  }
}

BOOST_AUTO_TEST_CASE(a_query_goes_from_the_first_question_mark_to_the_end) {
  const auto split = [](const std::string& target) {
    const parsed_head parsed{get_head(target)};
    return std::string{parsed.req.path()} + " " + std::string{parsed.req.query()};
  };
  BOOST_TEST(split("/a?") == "/a ");
  BOOST_TEST(split("/a?b?c=%zz&d=/../.") == "/a b?c=%zz&d=/../.");
  BOOST_TEST(split("/a.b?c") == "/a.b c");
  BOOST_TEST(split("/%41?c") == "/A c");
}

BOOST_AUTO_TEST_CASE(paths_that_two_readers_could_read_differently_are_refused) {
  for (const std::string& target : std::vector<std::string>{
           "/.",   "/..",       "/./a",      "/a.b/../c",      "/a./.",       "/a.b/.", "/a/../b", "/a/..",
           "/%2e", "/%2E%2e/x", "/a/.%2e/b", "/..%2f..%2fetc", "/a%2f..%2fb", "/a%2F.", "/%",      "/%4",
           "/%zz", "/%%32%65",  "/a%00b",    "/a#b",           "/?#",         "/\x80",  "/%u0041"}) {
    BOOST_TEST_CONTEXT(target) {
      BOOST_TEST(path_of(target) == "refused");
    }
  }
}

BOOST_AUTO_TEST_CASE(an_absolute_target_brings_its_own_host) {
  const parsed_head parsed{get_head("HTTP://other.example:81/a?b")};
  BOOST_TEST(parsed.result.outcome == head_outcome::complete);
  BOOST_TEST(parsed.req.host() == "other.example:81");
  BOOST_TEST(parsed.req.path() == "/a");
  BOOST_TEST(parsed.req.query() == "b");
  BOOST_TEST(path_of("https://h") == "/");
  BOOST_TEST(path_of("http://h?q=/x") == "/");
  BOOST_TEST(parsed_head{"OPTIONS http://h HTTP/1.1\r\nHost:\r\n\r\n"}.req.path() == "*");
}

BOOST_AUTO_TEST_CASE(targets_of_no_known_form_are_refused) {
  for (const std::string& target :
       std::vector<std::string>{"index.html", "?x=1", "\\", "*", "*a", "example.org:80", "ftp://h/", "http:/h/",
                                "http://", "http:///a", "http://u:p@h/", "http://h:99999/", "http://h:x/"}) {
    BOOST_TEST_CONTEXT(target) {
      BOOST_TEST(path_of(target) == "refused");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_asterisk_is_for_options_only) {
  const parsed_head parsed{"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"};
  BOOST_TEST(parsed.result.outcome == head_outcome::complete);
  BOOST_TEST(parsed.req.path() == "*");
}

BOOST_AUTO_TEST_CASE(connect_is_not_offered) {
  const parsed_head parsed{"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"};
  BOOST_TEST((parsed.result.refusal == status::not_implemented));
}

BOOST_AUTO_TEST_CASE(well_formed_hosts_are_taken) {
  for (const std::string& host :
       std::vector<std::string>{"localhost", "LOCALHOST:8080", "127.0.0.1", "a-b_c.example", "h:", "h:0080", "[::1]",
                                "[::]:80", "[2001:db8::ff:1]", "[1:2:3:4:5:6:7:8]", "[::ffff:192.0.2.1]", "a%41b"}) {
    BOOST_TEST_CONTEXT(host) {
      const parsed_head parsed = with_host(host);
      BOOST_TEST(parsed.result.outcome == head_outcome::complete);
      BOOST_TEST(parsed.req.host() == host);
    }
  }
}

BOOST_AUTO_TEST_CASE(malformed_hosts_are_refused) {
  for (const std::string& host : std::vector<std::string>{"",
                                                          " ",
                                                          "a b",
                                                          "a/b",
                                                          "a@b",
                                                          "http://h",
                                                          "a\\b",
                                                          "<h>",
                                                          "%",
                                                          "%4",
                                                          "%zz",
                                                          "h:-1",
                                                          "h:8x",
                                                          "h:65536",
                                                          ":80",
                                                          "h:1:2",
                                                          "caf\xe9",
                                                          "[::1",
                                                          "[]",
                                                          "[zz]",
                                                          "[::1]x",
                                                          "[::1%25eth0]",
                                                          "[1::2::3]",
                                                          "[1:2:3:4:5:6:7]",
                                                          "[1:2:3:4:5:6:7:8:9]",
                                                          "[12345::]",
                                                          "[::256.0.0.1]",
                                                          "[:1]",
                                                          "[1:]",
                                                          "[v1.x]",
                                                          "a, b"}) {
    BOOST_TEST_CONTEXT(host) {
      const parsed_head parsed = with_host(host);
      BOOST_TEST(parsed.result.outcome == head_outcome::refused);
      BOOST_TEST((parsed.result.refusal == status::bad_request));
    }
  }
}

BOOST_AUTO_TEST_CASE(http_1_1_needs_exactly_one_host) {
  const auto outcome = [](const std::string& head) { return parsed_head{head}.result.outcome; };
  BOOST_TEST(outcome("GET / HTTP/1.1\r\n\r\n") == head_outcome::refused);
  BOOST_TEST(outcome("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == head_outcome::refused);
  BOOST_TEST(outcome("GET http://a/ HTTP/1.1\r\n\r\n") == head_outcome::refused);
  BOOST_TEST(outcome("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == head_outcome::refused);
  BOOST_TEST(outcome("GET / HTTP/1.0\r\n\r\n") == head_outcome::complete);
  BOOST_TEST(outcome("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n") == head_outcome::complete);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
