// Line breaks and other control characters in whatever sets a part of an answer: each setter refuses them, and nothing
// of them reaches the wire.
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <baton/http_error.hpp>

#include "http/error_response.hpp"
#include "http/serialiser.hpp"
#include "unit/http/support.hpp"

namespace baton::http {
namespace {

const std::vector<std::string> breaks{"\r\n", "\n", "\r", std::string{"\0", 1}, "\x0b", "\x7f", "\x1b"};

/// Around, within and at the ends.
std::vector<std::string> broken_values() {
  std::vector<std::string> all;
  for (const std::string& one : breaks) {
    for (const std::string& text : {one, "a" + one, one + "a", "a" + one + "Injected: yes", "a" + one + one + "<html>"})
      all.push_back(text);
  }
  return all;
}

using setter = std::function<response(const std::string&)>;

std::vector<std::pair<std::string, setter>> setters() {
  const auto produce = [](body_writer&) -> task<void> { co_return; };
  const auto tunnel = [](upgraded_stream&) -> task<void> { co_return; };
  return {
      {"set by name", [](const std::string& text) { return response{}.set("X-Text", text); }},
      {"set by field", [](const std::string& text) { return response{}.set(field::location, text); }},
      {"append", [](const std::string& text) { return response{}.append("Set-Cookie", text); }},
      {"append of a content type", [](const std::string& text) { return response{}.append("Content-Type", text); }},
      {"the name in set", [](const std::string& text) { return response{}.set(text, "value"); }},
      {"the name in append", [](const std::string& text) { return response{}.append(text, "value"); }},
      {"bytes", [](const std::string& text) { return response::bytes(text, "body"); }},
      {"redirect", [](const std::string& text) { return response::redirect(text); }},
      {"stream", [produce](const std::string& text) { return response::stream(text, produce); }},
      {"upgrade", [tunnel](const std::string& text) { return response::upgrade(text, tunnel); }},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(injection)

BOOST_AUTO_TEST_CASE(every_setter_refuses_line_breaks_and_control_characters) {
  for (const auto& [name, set] : setters()) {
    for (const std::string& text : broken_values()) {
      BOOST_CHECK_THROW(static_cast<void>(set(text)), std::invalid_argument);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_setter_that_refuses_leaves_the_answer_as_it_was) {
  response answer = response::text("body").set("X-Text", "before");
  const std::string before{answer.field_block()};
  BOOST_CHECK_THROW(answer.set("X-Text", "after\r\nInjected: yes"), std::invalid_argument);
  BOOST_CHECK_THROW(answer.append("X-Text", "after\nInjected: yes"), std::invalid_argument);
  BOOST_TEST(answer.field_block() == before);
}

BOOST_AUTO_TEST_CASE(an_errors_fields_with_line_breaks_are_left_out) {
  const parsed_head head{get_head("/")};
  for (const std::string& text : broken_values()) {
    http_error error{status::conflict, text};
    error.set("X-Text", text).set(text, "value").detail(text);
    const response answer = error_response(std::make_exception_ptr(error), head.req);
    std::string wire;
    append_head(wire, answer, {.date_line = "Date: now\r\n", .length = answer.body().size()});
    BOOST_TEST(wire.find("Injected") == std::string::npos);
    BOOST_TEST(wire.find("\r\n\r\n") == wire.size() - 4);
    BOOST_TEST(answer.body().find('\r') == std::string_view::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
