#include <baton/response.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton {
namespace {

using namespace std::string_literals;

task<void> write_nothing(body_writer&) {
  co_return;
}
task<void> relay_nothing(upgraded_stream&) {
  co_return;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(response_value)

BOOST_AUTO_TEST_CASE(factories_set_status_type_and_body) {
  const response text = response::text("hi");
  BOOST_TEST((text.status() == status::ok));
  BOOST_TEST(text.get("content-type").value() == "text/plain; charset=utf-8");
  BOOST_TEST(text.body() == "hi");
  BOOST_TEST(response::text(literal{"hi"}).body_is_literal());
  BOOST_TEST(response::html("x").known_content_type() == "text/html; charset=utf-8");
  BOOST_TEST(response::json("{}", status::created).known_content_type() == "application/json");
  BOOST_TEST(response::bytes("image/png", "x").field_block() == "Content-Type: image/png\r\n");
  const response moved = response::redirect("/there");
  BOOST_TEST((moved.status() == status::see_other));
  BOOST_TEST(moved.get("Location").value() == "/there");
}

BOOST_AUTO_TEST_CASE(a_streamed_answer_carries_its_producer) {
  const response sized = response::stream("text/csv", write_nothing, 7);
  BOOST_TEST(sized.streamed());
  BOOST_TEST(sized.length().value() == 7U);
  BOOST_TEST(!response::stream("text/csv", write_nothing).length().has_value());
}

BOOST_AUTO_TEST_CASE(an_upgrade_names_its_protocol) {
  const response answer = response::upgrade("websocket", relay_nothing);
  BOOST_TEST((answer.status() == status::switching_protocols));
  BOOST_TEST(answer.upgrades());
  BOOST_TEST(answer.get("Upgrade").value() == "websocket");
  BOOST_CHECK_THROW(response::upgrade("a\r\nb", relay_nothing), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(set_replaces_and_append_adds) {
  response answer = response::text("x");
  answer.append("Set-Cookie", "a=1").append("set-cookie", "b=2").set("X-A", "1").set("x-a", "2");
  BOOST_TEST(answer.field_block() == "Set-Cookie: a=1\r\nset-cookie: b=2\r\nx-a: 2\r\n");
  BOOST_TEST(answer.get("SET-COOKIE").value() == "a=1");
  answer.erase("Set-Cookie");
  BOOST_TEST(answer.field_block() == "x-a: 2\r\n");
  BOOST_TEST(!answer.get("x").has_value());
  answer.set(field::etag, "");
  BOOST_TEST(answer.get("ETag").value().empty());
}

BOOST_AUTO_TEST_CASE(a_set_content_type_overrides_the_known_one) {
  response answer = response::text("x").set("content-type", "text/css");
  BOOST_TEST(answer.known_content_type().empty());
  BOOST_TEST(answer.get("Content-Type").value() == "text/css");
  answer.append("Content-Type", "text/plain");
  BOOST_TEST(answer.field_block() == "Content-Type: text/plain\r\n");
}

BOOST_AUTO_TEST_CASE(what_would_split_an_answer_is_refused) {
  response answer;
  for (const std::string& value :
       std::vector<std::string>{"a\rb", "a\nb", "a\r\nX: y", "a\0b"s, "\x7f", "\x1b", "\x0b"}) {
    BOOST_CHECK_THROW(answer.set("X-A", value), std::invalid_argument);
    BOOST_CHECK_THROW(answer.append("X-A", value), std::invalid_argument);
    BOOST_CHECK_THROW(response::redirect("/" + value), std::invalid_argument);
    BOOST_CHECK_THROW(response::bytes("a/b" + value, ""), std::invalid_argument);
  }
  for (const std::string& name : std::vector<std::string>{"", "a b", "a:", "a\r", "a\n", "a\0"s, "\xe9", "a("}) {
    BOOST_CHECK_THROW(answer.set(name, "x"), std::invalid_argument);
  }
  BOOST_CHECK_THROW(answer.set(field::unknown, "x"), std::invalid_argument);
  BOOST_TEST(answer.field_block().empty());
  answer.set("X-A", "tab\tand caf\xe9");
  BOOST_TEST(!answer.field_block().empty());
}

BOOST_AUTO_TEST_CASE(fields_of_the_connection_cannot_be_set) {
  response answer;
  for (const char* const name : {"Connection", "keep-alive", "CONTENT-LENGTH", "Transfer-Encoding", "Upgrade",
                                 "Trailer", "Date", "Proxy-Connection", "TE"}) {
    BOOST_CHECK_THROW(answer.set(name, "x"), std::invalid_argument);
    BOOST_CHECK_THROW(answer.append(name, "x"), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(a_problem_is_valid_json_whatever_its_texts) {
  const response answer = response::problem(status::conflict, "a\"b", "\\\n\x01\xff\xc3\xa9\xed\xa0\x80");
  BOOST_TEST(answer.get("Content-Type").value() == "application/problem+json");
  BOOST_TEST(answer.body() ==
             "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"code\":\"a\\\"b\",\"detail\":"
             "\"\\\\\\u000a\\u0001\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}\n");
  BOOST_TEST(response::problem(status::not_found).body().find("code") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_new_body_replaces_a_literal_one) {
  response answer = response::text(literal{"old"}).body("new");
  BOOST_TEST(answer.body() == "new");
  BOOST_TEST(answer.take_body() == "new");
  BOOST_TEST(answer.body().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
