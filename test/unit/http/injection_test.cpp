// Line breaks and other control characters in whatever sets a part of an answer: each setter refuses them, and nothing
// of them reaches the wire.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <baton/cookies.hpp>
#include <baton/file_content.hpp>
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

response with_cookie(std::string name, std::string value, std::string path, std::string domain) {
  set_cookie cookie{std::move(name), std::move(value)};
  cookie.path = std::move(path);
  cookie.domain = std::move(domain);
  response answer;
  add_cookie(answer, cookie);
  return answer;
}

response without_cookie(const std::string& name, const std::string& path) {
  response answer;
  forget_cookie(answer, name, path);
  return answer;
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
      {"file", [](const std::string& text) { return response::file(text, std::make_shared<file_content>()); }},
      {"the name of a cookie", [](const std::string& text) { return with_cookie(text, "v", "/", {}); }},
      {"the value of a cookie", [](const std::string& text) { return with_cookie("n", text, "/", {}); }},
      {"the path of a cookie", [](const std::string& text) { return with_cookie("n", "v", text, {}); }},
      {"the domain of a cookie", [](const std::string& text) { return with_cookie("n", "v", "/", text); }},
      {"the name of a forgotten cookie", [](const std::string& text) { return without_cookie(text, "/"); }},
      {"the path of a forgotten cookie", [](const std::string& text) { return without_cookie("n", text); }},
      {"upgrade", [tunnel](const std::string& text) { return response::upgrade(text, tunnel); }},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(injection)

BOOST_AUTO_TEST_CASE(every_setter_refuses_line_breaks_and_control_characters) {
  for (const auto& [name, set] : setters()) {
    for (const std::string& text : broken_values()) {
      BOOST_TEST_CONTEXT(name) {
        BOOST_CHECK_THROW(static_cast<void>(set(text)), std::invalid_argument);
      }
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
