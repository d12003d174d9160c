#include "http/serialiser.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "http/date.hpp"
#include "http/response_access.hpp"

namespace baton::http {
namespace {

std::string head_of(const response& answer, const head_context& context) {
  std::string out;
  append_head(out, answer, context);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(serialiser)

BOOST_AUTO_TEST_CASE(a_head_has_status_fields_and_an_empty_line) {
  const response answer = response::text("hello").set("X-A", "b");
  const head_context context{.date_line = "Date: now\r\n", .server_line = "Server: s\r\n", .length = 5};
  BOOST_TEST(head_of(answer, context) ==
             "HTTP/1.1 200 OK\r\nServer: s\r\nDate: now\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Length: 5\r\nX-A: b\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(framing_and_persistence_are_the_contexts) {
  const response answer{status::not_found};
  BOOST_TEST(head_of(answer, {.framing = answer_framing::chunked, .close = true}) ==
             "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  BOOST_TEST(head_of(answer, {.framing = answer_framing::until_close, .close = true}) ==
             "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
  BOOST_TEST(head_of(answer, {.keep_alive_1_0 = true}) ==
             "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_have_no_framing) {
  BOOST_TEST(head_of(response{status::no_content}, {}) == "HTTP/1.1 204 No Content\r\n\r\n");
  BOOST_TEST(head_of(response::text("x", status::not_modified), {.length = 1}) == "HTTP/1.1 304 Not Modified\r\n\r\n");
  BOOST_TEST(head_of(response::text("x", status::no_content), {.framing = answer_framing::chunked}) ==
             "HTTP/1.1 204 No Content\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(unusual_codes_stay_well_formed) {
  BOOST_TEST(head_of(response{static_cast<status>(498)}, {}).starts_with("HTTP/1.1 498 \r\n"));
  BOOST_TEST(head_of(response{static_cast<status>(7)}, {}).starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
}

BOOST_AUTO_TEST_CASE(upgrade_answers_name_the_protocol_and_the_option) {
  const response offer = response::upgrade("websocket", [](upgraded_stream&) -> task<void> { co_return; });
  std::string out;
  append_upgrade_head(out, offer, {});
  BOOST_TEST(out == "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  response refusal{status::upgrade_required};
  response_access::append_unchecked(refusal, "Upgrade", "websocket");
  BOOST_TEST(head_of(refusal, {}) ==
             "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(chunks_have_a_size_and_are_never_empty) {
  std::string out;
  append_chunk(out, std::string(26, 'x'));
  append_chunk(out, {});
  BOOST_TEST(out == "1a\r\n" + std::string(26, 'x') + "\r\n");
}

BOOST_AUTO_TEST_CASE(dates_have_the_fixed_form) {
  using std::chrono::seconds;
  using std::chrono::sys_seconds;
  BOOST_TEST(format_date(sys_seconds{seconds{784111777}}) == "Sun, 06 Nov 1994 08:49:37 GMT");
  BOOST_TEST(format_date(sys_seconds{seconds{0}}) == "Thu, 01 Jan 1970 00:00:00 GMT");
  BOOST_TEST(format_date(sys_seconds{seconds{1709164799}}) == "Wed, 28 Feb 2024 23:59:59 GMT");
  BOOST_TEST(format_date(sys_seconds{seconds{1709164800}}) == "Thu, 29 Feb 2024 00:00:00 GMT");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
