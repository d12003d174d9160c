#include "http/access_line.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "http/request_access.hpp"

namespace baton::http {
namespace {

using access = request_access;
using namespace std::chrono_literals;

constexpr auto combined = access_log_format::combined;
constexpr auto json = access_log_format::json;

struct sample {
  connection_info from{.id = 7, .client = client_address::parse("192.0.2.1:4711").value()};
  request req;
  access_facts facts;
  redactions hidden{access_log_options{}.redact};

  sample() {
    access::connection(req) = &from;
    access::serial(req) = 1;
    access::method_text(req) = "GET";
    access::target(req) = "/a?b=1";
    access::host(req) = "example.org";
    facts.of = &req;
    facts.status = 200;
    facts.body = 512;
    facts.when = std::chrono::system_clock::time_point{1'700'000'000'123ms};
    facts.client = from.client;
  }

  void field(baton::field id, std::string_view name, std::string_view value) {
    access::fields(req).push_back({id, name, value});
  }
  [[nodiscard]] std::string line(access_log_format format, bool cut = false) const {
    std::string out;
    begin_access_line(out, format, hidden, facts);
    BOOST_TEST(out.find('\n') == std::string::npos);
    finish_access_line(out, format, 12'345us, cut);
    return out;
  }
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

BOOST_AUTO_TEST_SUITE(access_lines)

BOOST_AUTO_TEST_CASE(combined_is_what_log_readers_know_with_more_behind_it) {
  sample one;
  one.field(field::referer, "Referer", "http://example.org/");
  one.field(field::user_agent, "User-Agent", "test/1.0");
  const std::string line = one.line(combined);
  BOOST_TEST(
      line.starts_with("192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a?b=1 HTTP/1.1\" 200 512 "
                       "\"http://example.org/\" \"test/1.0\" \"" +
                       one.req.id() + "\" \""));
  BOOST_TEST(line.ends_with("\" 0.012345\n"));
  BOOST_TEST(one.line(combined, true).ends_with(" 0.012345 cut\n"));
}

BOOST_AUTO_TEST_CASE(json_is_an_object_with_all_of_it) {
  const sample one;
  const std::string line = one.line(json, true);
  BOOST_TEST(
      line.starts_with("{\"time\":\"2023-11-14T22:13:20.123Z\",\"client\":\"192.0.2.1:4711\",\"method\":\"GET\","
                       "\"target\":\"/a?b=1\",\"protocol\":\"HTTP/1.1\",\"host\":\"example.org\""));
  BOOST_TEST(has(line, "\"request_id\":\"" + one.req.id() + "\",\"trace_id\":\""));
  BOOST_TEST(line.ends_with(",\"status\":200,\"bytes\":512,\"duration_us\":12345,\"cut\":true}\n"));
}

BOOST_AUTO_TEST_CASE(a_client_cannot_forge_lines_fields_or_escape_sequences) {
  sample one;
  one.field(field::user_agent, "User-Agent", "a\"b\\c\r\n\x1b[31m\xff\tend");
  BOOST_TEST(has(one.line(combined), R"("a\"b\\c\x0d\x0a\x1b[31m\xff\x09end")"));
  const std::string line = one.line(json);
  BOOST_TEST(has(line, R"("a\"b\\c\u000d\u000a\u001b[31m)"));
  BOOST_TEST(!has(line, "\xff"));
  BOOST_TEST(line.find('\n') == line.size() - 1);
}

BOOST_AUTO_TEST_CASE(every_byte_is_escaped_wherever_it_stands) {
  for (unsigned byte = 1; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (std::size_t at = 0; at < 34; ++at) {
      sample one;
      std::string text(34, 'x');
      text[at] = c;
      one.field(field::user_agent, "User-Agent", text);
      const std::string line = one.line(combined);
      const bool printable = c >= ' ' && c <= '~';
      const bool as_it_is = printable && c != '"' && c != '\\';
      BOOST_TEST(has(line, "\"" + text + "\"") == as_it_is);
      if (!printable) BOOST_TEST(has(line, std::string(at, 'x') + "\\x"));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_time_is_that_of_each_line) {
  sample one;
  BOOST_TEST(has(one.line(json), "2023-11-14T22:13:20.123Z"));
  one.facts.when += 1s;
  BOOST_TEST(has(one.line(combined), "[14/Nov/2023:22:13:21 +0000]"));
  BOOST_TEST(has(one.line(json), "2023-11-14T22:13:21.123Z"));
  one.facts.when += 881ms;
  BOOST_TEST(has(one.line(json), "2023-11-14T22:13:22.004Z"));
  one.facts.when -= 24h;
  BOOST_TEST(has(one.line(combined), "[13/Nov/2023:22:13:22 +0000]"));
}

BOOST_AUTO_TEST_CASE(values_of_hidden_parameters_are_not_written) {
  sample one;
  access::target(one.req) = "/login?user=a&PassWord=x&%74oken=y;token=z&tokens=t&secret&password=";
  one.field(field::referer, "Referer", "https://example.org/?api_key=k#password=p");
  const std::string shown = "/login?user=a&PassWord=***&%74oken=***;token=***&tokens=t&secret&password=***";
  for (const auto format : {combined, json}) {
    const std::string line = one.line(format);
    BOOST_TEST(has(line, shown));
    BOOST_TEST(has(line, "https://example.org/?api_key=***#password=***"));
  }
}

BOOST_AUTO_TEST_CASE(a_logged_field_can_be_hidden_as_a_whole) {
  sample one;
  one.hidden = redactions{{"field:Referer", "field:user-agent"}};
  one.field(field::referer, "Referer", "http://a/?password=x");
  one.field(field::user_agent, "User-Agent", "test");
  BOOST_TEST(has(one.line(combined), "\"***\" \"***\""));
}

BOOST_AUTO_TEST_CASE(a_request_that_never_was_whole_leaves_dashes) {
  sample one;
  one.facts.of = nullptr;
  one.facts.status = 400;
  one.facts.client = client_address::local();
  BOOST_TEST(one.line(combined) ==
             "- - - [14/Nov/2023:22:13:20 +0000] \"-\" 400 512 \"-\" \"-\" \"-\" \"-\" 0.012345\n");
  BOOST_TEST(one.line(json) ==
             "{\"time\":\"2023-11-14T22:13:20.123Z\",\"client\":\"unix:\",\"status\":400,"
             "\"bytes\":512,\"duration_us\":12345}\n");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_stands_without_brackets) {
  sample one;
  one.facts.client = client_address::parse("[2001:db8::1]:4711").value();
  BOOST_TEST(one.line(combined).starts_with("2001:db8::1 - - "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::http
