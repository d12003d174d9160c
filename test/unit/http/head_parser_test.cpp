#include "http/head_parser.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "unit/http/support.hpp"

namespace baton::http {
namespace {

using namespace std::string_literals;

struct hostile {
  std::string head;
  unsigned code = 400;
};

void check_refused(const std::vector<hostile>& heads) {
  for (const hostile& h : heads) {
    BOOST_TEST_CONTEXT(h.head.substr(0, 120)) {
      const parsed_head parsed{h.head};
      BOOST_TEST(parsed.result.outcome == head_outcome::refused);
      BOOST_TEST(static_cast<unsigned>(parsed.result.refusal) == h.code);
      BOOST_TEST(!parsed.result.reason.empty());
    }
  }
}

void check_field_lines_refused(const std::vector<hostile>& lines) {
  std::vector<hostile> heads;
  for (const hostile& line : lines)
    heads.push_back({"POST / HTTP/1.1\r\nHost: h\r\n" + line.head + "\r\n\r\n", line.code});
  check_refused(heads);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(head_parser)

BOOST_AUTO_TEST_CASE(a_plain_request_is_read_whole) {
  const parsed_head parsed{
      "GET /a/b?x=1&y HTTP/1.1\r\nHost: example.org:8080\r\nX-A: \t one two \t\r\nx-a:three\r\n\r\nrest"};
  BOOST_TEST(parsed.result.outcome == head_outcome::complete);
  BOOST_TEST(parsed.result.consumed == parsed.bytes.size() - 4);
  const request& req = parsed.req;
  BOOST_TEST((req.method() == method::get));
  BOOST_TEST(req.target() == "/a/b?x=1&y");
  BOOST_TEST(req.path() == "/a/b");
  BOOST_TEST(req.query() == "x=1&y");
  BOOST_TEST(req.host() == "example.org:8080");
  BOOST_TEST(req.version() == 11U);
  BOOST_TEST(req.fields().size() == 3U);
  BOOST_TEST(req.get("X-a").value() == "one two");
  BOOST_TEST(req.fields()[2].value == "three");
  BOOST_TEST(req.content_length().value() == 0U);
  BOOST_TEST(parsed.info.framing == body_framing::none);
  BOOST_TEST(parsed.info.keep_alive);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_head_needs_more) {
  const std::string head =
      "\r\nPOST /a%20b?q HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nX: \xe9\r\nEmpty:\r\n\r\n";
  for (std::size_t size = 0; size != head.size(); ++size) {
    BOOST_TEST_CONTEXT(size) {
      BOOST_TEST(parsed_head{head.substr(0, size)}.result.outcome == head_outcome::need_more);
    }
  }
  BOOST_TEST(parsed_head{head}.result.outcome == head_outcome::complete);
}

BOOST_AUTO_TEST_CASE(two_empty_lines_before_a_request_are_skipped_and_no_more) {
  const std::string head = get_head("/");
  const parsed_head parsed{"\r\n\r\n" + head};
  BOOST_TEST(parsed.result.outcome == head_outcome::complete);
  BOOST_TEST(parsed.result.consumed == head.size() + 4);
  check_refused({{"\r\n\r\n\r\n" + head}, {"\n" + head}, {"\r" + head}, {" " + head}});
}

BOOST_AUTO_TEST_CASE(malformed_request_lines_are_refused) {
  const std::string rest = "\r\nHost: h\r\n\r\n";
  check_refused({{"GET\t/\tHTTP/1.1" + rest},
                 {"GET  / HTTP/1.1" + rest},
                 {"GET /  HTTP/1.1" + rest},
                 {"GET / HTTP/1.1 " + rest},
                 {"GET /" + rest},
                 {"GET / " + rest},
                 {"GET / X" + rest},
                 {"GET" + rest},
                 {"G(T / HTTP/1.1" + rest},
                 {"GET: / HTTP/1.1" + rest},
                 {"G\x7fT / HTTP/1.1" + rest},
                 {"G\xc9T / HTTP/1.1" + rest},
                 {"GET /a\rb HTTP/1.1" + rest},
                 {"GET /\nHTTP/1.1" + rest},
                 {"GET / HTTP/1.1\nHost: h\n\n"},
                 {"SSH-2.0-banner\r\n\r\n"},
                 {"\x16\x03\x01\x00\xc8\x01"s},
                 {std::string(64, '\0')}});
}

BOOST_AUTO_TEST_CASE(versions_other_than_1_0_and_1_1_are_refused) {
  const std::string rest = "\r\nHost: h\r\n\r\n";
  check_refused({{"GET / http/1.1" + rest},
                 {"GET / HTTP/11.1" + rest},
                 {"GET / HTTP/01.1" + rest},
                 {"GET / HTTP/1.1x" + rest},
                 {"GET / HTTP/1.10" + rest},
                 {"GET / HTTP/1" + rest},
                 {"GET / HTTP/1,1" + rest},
                 {"GET / HTTP 1.1" + rest},
                 {"GET / HTTP/-1.1" + rest},
                 {"GET / HTTP/1.1\0"s + rest},
                 {"GET / JUNK" + rest},
                 {"GET / HTTP/1.2" + rest, 505},
                 {"GET / HTTP/0.9" + rest, 505},
                 {"GET / HTTP/2.0" + rest, 505},
                 {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505}});
}

BOOST_AUTO_TEST_CASE(field_lines_that_are_not_well_formed_are_refused) {
  check_field_lines_refused({{"X A: b"},
                             {"X-A : b"},
                             {"X-A\t: b"},
                             {": b"},
                             {"no colon"},
                             {"X(A: b"},
                             {"X\x80: b"},
                             {"X\x7f: b"},
                             {"X\0A: b"s},
                             {" X: folded"},
                             {"X: a\r\n b"},
                             {"X:\r\n b"},
                             {"X: a\r\n\tb"},
                             {"X: a\r\n "},
                             {"X:\r\n "},
                             {"X: a\nY: b"},
                             {"X: a\rY: b"},
                             {"X: a\0b"s},
                             {"X: a\x0b"},
                             {"X: a\x1b"
                              "b"},
                             {"X: a\x7f"},
                             {"X: b\n"},
                             {"Transfer-Encoding:\r\n chunked"}});
}

BOOST_AUTO_TEST_CASE(tabs_and_obs_text_in_values_are_opaque) {
  const parsed_head parsed{get_head("/", "X: a\tb caf\xe9 \xff\r\n")};
  BOOST_TEST(parsed.result.outcome == head_outcome::complete);
  BOOST_TEST(parsed.req.get("x").value() == "a\tb caf\xe9 \xff");
}

BOOST_AUTO_TEST_CASE(body_framing_is_never_ambiguous) {
  check_field_lines_refused({{"Content-Length: -1"},
                             {"Content-Length: +1"},
                             {"Content-Length: 1 2"},
                             {"Content-Length: 0x5"},
                             {"Content-Length: 5,5"},
                             {"Content-Length: 5, 5"},
                             {"Content-Length: 5,"},
                             {"Content-Length:"},
                             {"Content-Length: 5.0"},
                             {"Content-Length: 18446744073709551616"},
                             {"Content-Length: 5\r\nContent-Length: 5"},
                             {"Content-Length: 5\r\nTransfer-Encoding: chunked"},
                             {"Transfer-Encoding: chunked\r\nContent-Length: 5"},
                             {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"},
                             {"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"},
                             {"Transfer-Encoding: chunked, chunked"},
                             {"Transfer-Encoding: chunked, gzip"},
                             {"Transfer-Encoding: , chunked"},
                             {"Transfer-Encoding: gzip"},
                             {"Transfer-Encoding: identity"},
                             {"Transfer-Encoding: xchunked"},
                             {"Transfer-Encoding: chunkedx"},
                             {"Transfer-Encoding: chunked;q=1"},
                             {"Transfer-Encoding: \"chunked\""},
                             {"Transfer-Encoding: 'chunked'"},
                             {"Transfer-Encoding: chunked chunked"},
                             {"Transfer-Encoding: \x0b"
                              "chunked"},
                             {"Transfer-Encoding: chunked\0"s},
                             {"Transfer-Encoding:"},
                             {"Transfer-Encoding: gzip, chunked", 501}});
  check_refused({{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
                 {"POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"}});
}

BOOST_AUTO_TEST_CASE(framing_fields_are_read_whatever_their_case) {
  const parsed_head counted{"POST / HTTP/1.1\r\nHost: h\r\ncOnTeNt-lEnGtH: 0042\r\n\r\n"};
  BOOST_TEST(counted.info.framing == body_framing::length);
  BOOST_TEST(counted.info.length == 42U);
  BOOST_TEST(counted.req.content_length().value() == 42U);
  const parsed_head chunked{"POST / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: \tChunKed \r\n\r\n"};
  BOOST_TEST(chunked.result.outcome == head_outcome::complete);
  BOOST_TEST(chunked.info.framing == body_framing::chunked);
  BOOST_TEST(!chunked.req.content_length().has_value());
}

BOOST_AUTO_TEST_CASE(connections_persist_as_version_and_options_say) {
  const auto keeps = [](const std::string& version, const std::string& fields) {
    const parsed_head parsed{"GET / HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n"};
    BOOST_TEST(parsed.result.outcome == head_outcome::complete);
    return parsed.info.keep_alive;
  };
  BOOST_TEST(keeps("1.1", ""));
  BOOST_TEST(!keeps("1.1", "connection: CLOSE\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: keep-alive, close\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: close\r\nConnection: keep-alive\r\n"));
  BOOST_TEST(keeps("1.1", "Connection: closed, x\r\n"));
  BOOST_TEST(!keeps("1.0", ""));
  BOOST_TEST(keeps("1.0", "Connection: Keep-Alive\r\n"));
  BOOST_TEST(!keeps("1.0", "Connection: keep-alive\r\nConnection: x, close\r\n"));
}

BOOST_AUTO_TEST_CASE(an_upgrade_needs_both_fields_and_http_1_1) {
  const auto wants = [](const std::string& head) { return parsed_head{head}.info.wants_upgrade; };
  BOOST_TEST(wants(get_head("/", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n")));
  BOOST_TEST(!wants(get_head("/", "Upgrade: websocket\r\n")));
  BOOST_TEST(!wants(get_head("/", "Connection: upgrade\r\n")));
  BOOST_TEST(!wants("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(expectations_other_than_100_continue_are_refused_on_1_1_only) {
  BOOST_TEST(parsed_head{get_head("/", "Expect: 100-Continue\r\n")}.info.expects_continue);
  check_refused({{get_head("/", "Expect: 200-ok\r\n"), 417}, {get_head("/", "Expect: 100-continue, x\r\n"), 417}});
  const parsed_head old{"POST / HTTP/1.0\r\nExpect: 100-continue\r\nExpect: other\r\n\r\n"};
  BOOST_TEST(old.result.outcome == head_outcome::complete);
  BOOST_TEST(!old.info.expects_continue);
}

BOOST_AUTO_TEST_CASE(a_head_at_its_limits_passes_and_one_beyond_does_not) {
  const std::string head = get_head("/123456789");
  const auto outcome = [&](head_limits limits) { return parsed_head{head, limits}.result; };
  BOOST_TEST(outcome({head.size(), 1, 10}).outcome == head_outcome::complete);
  BOOST_TEST((outcome({head.size() - 1, 1, 10}).refusal == status::request_header_fields_too_large));
  BOOST_TEST((outcome({head.size(), 0, 10}).refusal == status::request_header_fields_too_large));
  BOOST_TEST((outcome({head.size(), 1, 9}).refusal == status::uri_too_long));
}

BOOST_AUTO_TEST_CASE(a_part_that_is_too_long_is_refused_without_its_end) {
  const head_limits limits{200, 10, 50};
  const auto refusal = [&](const std::string& part) {
    const parsed_head parsed{part, limits};
    BOOST_TEST(parsed.result.outcome == head_outcome::refused);
    return parsed.result.refusal;
  };
  BOOST_TEST((refusal("GET /" + std::string(50, 'a')) == status::uri_too_long));
  BOOST_TEST((refusal(std::string(200, 'A')) == status::uri_too_long));
  BOOST_TEST((refusal("GET / HTTP/1.1\r\nX: " + std::string(200, 'a')) == status::request_header_fields_too_large));
  BOOST_TEST((refusal("GET / HTTP/1.1\r\nX: y\r\n\n") == status::bad_request));
  BOOST_TEST(parsed_head("GET /" + std::string(49, 'a'), limits).result.outcome == head_outcome::need_more);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_seen_before_the_head_ends) {
  for (const std::string& part : std::vector<std::string>{
           "GET /\x01", "GE\x02", "GET / HTTP/3", "GET / HTTX", "GET / HTTP/1.1\r\nA b", "GET / HTTP/1.1\r\nX: a\n",
           "GET / HTTP/1.1\r\nHost: a/b\r\nX", "GET / HTTP/1.1\r\nX: a\x01"}) {
    BOOST_TEST_CONTEXT(part) {
      // Beast reads a version as a whole.
      const std::string bytes = part.size() < 14 ? part + std::string(14 - part.size(), 'x') : part;
      BOOST_TEST(parsed_head{bytes}.result.outcome == head_outcome::refused);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
