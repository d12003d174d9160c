// Form fields, query parameters and what a client would rather have.
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/forms.hpp>
#include <baton/negotiation.hpp>

#include "unit/http/support.hpp"

namespace baton {
namespace {

using http::get_head;
using http::parsed_head;

template <class F>
std::string code_of(F&& call) {
  try {
    static_cast<void>(call());
  } catch (const http_error& error) {
    return std::to_string(static_cast<unsigned>(error.status_code())) + " " + std::string{error.code()};
  }
  return {};
}

std::string type_for(std::string_view accept) {
  const parsed_head head{get_head("/", "Accept: " + std::string{accept} + "\r\n")};
  return std::string{choose_type(head.req, {"text/html", "application/json", "image/png"}).value_or("none")};
}

std::string language_for(std::string_view accept) {
  const parsed_head head{get_head("/", "Accept-Language: " + std::string{accept} + "\r\n")};
  return std::string{choose_language(head.req, {"en", "de", "de-CH", "fr-CA"}).value_or("none")};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forms)

BOOST_AUTO_TEST_CASE(fields_are_decoded_and_keep_their_order) {
  const form_fields form = parse_urlencoded("a=1&b=x+y%26&a=%C3%BC&&c&=d&e=f=g");
  std::string all;
  for (const form_field& each : form) all += each.name + ":" + each.value + "|";
  BOOST_TEST(all == "a:1|b:x y&|a:\xc3\xbc|c:|:d|e:f=g|");
  BOOST_TEST(form.all("a").size() == 2U);
  BOOST_TEST(*form.find("b") == "x y&");
  BOOST_TEST(form.find("x") == nullptr);
  BOOST_TEST(parse_urlencoded("").empty());
}

BOOST_AUTO_TEST_CASE(values_are_converted_wholly_or_refused) {
  const form_fields form = parse_urlencoded("n=42&bad=42x&big=99999999999");
  BOOST_TEST(form.get<int>("n").value() == 42);
  BOOST_TEST(form.require<std::string>("n") == "42");
  BOOST_TEST(!form.get<int>("none").has_value());
  BOOST_TEST(code_of([&] { return form.get<int>("bad"); }) == "400 invalid_parameter");
  BOOST_TEST(code_of([&] { return form.get<int>("big"); }) == "400 invalid_parameter");
  BOOST_TEST(code_of([&] { return form.require("none"); }) == "400 missing_parameter");
}

BOOST_AUTO_TEST_CASE(a_broken_escape_is_refused) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "%=1"}) {
    BOOST_TEST(code_of([&] { return parse_urlencoded(text); }) == "400 bad_form");
  }
}

// Fields are a list, and names are compared: no table whose buckets a client could fill.
BOOST_AUTO_TEST_CASE(a_flood_of_form_fields_is_refused_at_its_limit) {
  std::string flood;
  for (int i = 0; i < 100'000; ++i) flood += "k" + std::to_string(i) + "=v&";
  BOOST_TEST(code_of([&] { return parse_urlencoded(flood); }) == "400 too_many_fields");
  BOOST_TEST(parse_urlencoded("a&b&c", 3).size() == 3U);
  BOOST_TEST(code_of([&] { return parse_urlencoded("a&b&c&d", 3); }) == "400 too_many_fields");
  BOOST_TEST(parse_urlencoded(std::string(100'000, '&')).empty());
}

BOOST_AUTO_TEST_CASE(a_form_is_read_only_where_its_type_says_so) {
  const auto read = [](std::string_view type) {
    parsed_head head{get_head("/?q=1&q=2", "Content-Type: " + std::string{type} + "\r\n")};
    http::request_access::body(head.req) = "a=1";
    BOOST_TEST(query_of(head.req).all("q").size() == 2U);
    return code_of([&] { return form_of(head.req); });
  };
  BOOST_TEST(read("application/x-www-form-urlencoded; charset=UTF-8") == "");
  BOOST_TEST(read("multipart/form-data; boundary=x") == "415 form_expected");
  BOOST_TEST(read("application/json") == "415 form_expected");
}

BOOST_AUTO_TEST_CASE(the_type_of_the_highest_quality_is_chosen) {
  BOOST_TEST(type_for("application/json") == "application/json");
  BOOST_TEST(type_for("*/*") == "text/html");
  BOOST_TEST(type_for("text/*;q=0.5, application/*") == "application/json");
  BOOST_TEST(type_for("*/*, text/html;q=0") == "application/json");  // the most specific range counts
  BOOST_TEST(type_for("text/html;level=1;q=0.3, image/*;q=0.4") == "image/png");
  BOOST_TEST(type_for("IMAGE/PNG;Q=0.001") == "image/png");
  BOOST_TEST(type_for("text/plain") == "none");
  BOOST_TEST(type_for("*/*;q=0") == "none");
  BOOST_TEST(type_for("text/html;q=2, image/png;q=x, application/json;q=0.1") == "application/json");
  BOOST_TEST(type_for("text/html;q=0.12345, , ;q, image/png") == "image/png");
  BOOST_TEST(type_for("") == "text/html");
  const parsed_head none{get_head("/")};
  BOOST_TEST(choose_type(none.req, {"text/html"}).value_or("") == "text/html");
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_nothing_of_it_gets_406) {
  const parsed_head head{get_head("/", "Accept: text/plain\r\n")};
  BOOST_TEST(code_of([&] { return require_type(head.req, {"text/html", "image/png"}); }) == "406 not_acceptable");
}

BOOST_AUTO_TEST_CASE(languages_match_by_their_beginning_either_way) {
  BOOST_TEST(language_for("de-CH, de;q=0.8, en;q=0.5") == "de-CH");
  BOOST_TEST(language_for("de-AT") == "de");
  BOOST_TEST(language_for("fr") == "fr-CA");
  BOOST_TEST(language_for("it, *;q=0.1") == "en");
  BOOST_TEST(language_for("en;q=0, *") == "de");
  BOOST_TEST(language_for("it") == "none");
}

BOOST_AUTO_TEST_CASE(vary_names_each_field_once) {
  response answer;
  add_vary(answer, "Accept");
  add_vary(answer, "accept");
  add_vary(answer, "Accept-Language");
  BOOST_TEST(answer.get("Vary").value_or("") == "Accept, Accept-Language");
  answer.set("Vary", "*");
  add_vary(answer, "Accept");
  BOOST_TEST(answer.get("Vary").value_or("") == "*");
}

BOOST_AUTO_TEST_CASE(a_redirect_to_what_the_client_named_stays_on_this_site) {
  for (const char* good : {"/", "/a/b?c=d#e", "/a//b", "/\xc3\xbc"}) BOOST_TEST(is_local_target(good));
  for (const char* bad : {"", "a", "//evil.org", "/\\evil.org", "\\\\evil.org", "https://evil.org", "/\t/evil.org",
                          "/\r\nSet-Cookie: a=b", " /", "javascript:alert(1)", "/a\\b", "///evil.org"}) {
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(!is_local_target(bad));
      BOOST_TEST(local_redirect(bad, "/home").get("Location").value_or("") == "/home");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
