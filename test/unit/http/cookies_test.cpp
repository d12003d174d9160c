// Cookies in, cookies out, signed ones, and what no setter of an answer lets through.
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/cookies.hpp>
#include <baton/negotiation.hpp>

#include "unit/http/support.hpp"

namespace baton {
namespace {

using http::get_head;
using http::parsed_head;
using std::chrono::system_clock;

std::string cookies_in(std::string_view fields) {
  const parsed_head head{get_head("/", fields)};
  BOOST_TEST((head.result.outcome == http::head_outcome::complete));
  std::string all;
  for (const request_cookie& each : cookies_of(head.req))
    all += std::string{each.name} + ":" + std::string{each.value} + "|";
  return all;
}

template <class F>
bool refused(F&& change) {
  set_cookie cookie{"name", "value"};
  change(cookie);
  try {
    static_cast<void>(cookie.to_string());
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

const std::string first_key(32, 'a');
const std::string second_key(32, 'b');
constexpr system_clock::time_point noon{std::chrono::hours{12}};

}  // namespace

BOOST_AUTO_TEST_SUITE(cookies)

BOOST_AUTO_TEST_CASE(cookies_of_a_request_are_read_as_they_were_sent) {
  BOOST_TEST(cookies_in("Cookie: a=1; b=2;c=\"3\"; d=e=f; g=\r\n") == "a:1|b:2|c:3|d:e=f|g:|");
  BOOST_TEST(cookies_in("Cookie: a=1\r\nCookie: b=2\r\n") == "a:1|b:2|");
  BOOST_TEST(cookies_in("Cookie: ;; a ; =x; b c=d; \"q\"=1; ok=1;\r\n") == "ok:1|");
  const parsed_head head{get_head("/", "Cookie: a=1; A=2; a=3\r\n")};
  BOOST_TEST(cookie_of(head.req, "a").value_or("") == "1");
  BOOST_TEST(cookie_of(head.req, "A").value_or("") == "2");
  BOOST_TEST(!cookie_of(head.req, "b").has_value());
}

BOOST_AUTO_TEST_CASE(a_flood_of_cookies_is_cut_at_its_limit) {
  std::string flood{"Cookie: "};
  for (int i = 0; i < 2'000; ++i) flood += "c" + std::to_string(i) + "=;";
  const parsed_head head{get_head("/", flood + "\r\n")};
  BOOST_TEST(cookies_of(head.req).size() == 200U);
}

BOOST_AUTO_TEST_CASE(a_cookie_is_safe_unless_told_otherwise) {
  BOOST_TEST((set_cookie{"id", "7"}.to_string()) == "id=7; Path=/; Secure; HttpOnly; SameSite=Lax");
}

BOOST_AUTO_TEST_CASE(every_attribute_is_written) {
  set_cookie cookie{"id", ""};
  cookie.expires = system_clock::time_point{std::chrono::seconds{784111777}};
  cookie.max_age = std::chrono::hours{1};
  cookie.domain = "example.org";
  cookie.path = "/shop";
  cookie.same_site = same_site::none;
  cookie.partitioned = true;
  BOOST_TEST(cookie.to_string() ==
             "id=; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=3600; Domain=example.org; Path=/shop; Secure; "
             "HttpOnly; SameSite=None; Partitioned");
  response answer;
  add_cookie(answer, set_cookie{"a", "1"});
  forget_cookie(answer, "b");
  BOOST_TEST(answer.field_block() ==
             "Set-Cookie: a=1; Path=/; Secure; HttpOnly; SameSite=Lax\r\n"
             "Set-Cookie: b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; Secure; HttpOnly; "
             "SameSite=Lax\r\n");
}

BOOST_AUTO_TEST_CASE(names_with_a_prefix_keep_its_promise) {
  const auto named = [](std::string name, auto change) {
    return refused([&](set_cookie& c) {
      c.name = std::move(name);
      change(c);
    });
  };
  BOOST_TEST(!named("__Host-id", [](set_cookie&) {}));
  BOOST_TEST(named("__Host-id", [](set_cookie& c) { c.secure = false; }));
  BOOST_TEST(named("__Host-id", [](set_cookie& c) { c.domain = "example.org"; }));
  BOOST_TEST(named("__host-id", [](set_cookie& c) { c.path = "/a"; }));
  BOOST_TEST(named("__HOST-id", [](set_cookie& c) { c.path.clear(); }));
  BOOST_TEST(named("__Secure-id", [](set_cookie& c) { c.secure = false; }));
  BOOST_TEST(!named("__Secure-id", [](set_cookie& c) { c.domain = "example.org"; }));
  BOOST_TEST(refused([](set_cookie& c) {
    c.same_site = same_site::none;
    c.secure = false;
  }));
  BOOST_TEST(refused([](set_cookie& c) {
    c.partitioned = true;
    c.secure = false;
  }));
}

// Whatever text a handler was made to pass on, the answer's head stays as many lines as it should have.
BOOST_AUTO_TEST_CASE(no_setter_lets_a_line_end_through) {
  for (const std::string& bad :
       {std::string{"a\rb"}, std::string{"a\nb"}, std::string{"a\r\nSet-Cookie: x=y"}, std::string("a\0b", 3)}) {
    BOOST_TEST(refused([&](set_cookie& c) { c.name = bad; }));
    BOOST_TEST(refused([&](set_cookie& c) { c.value = bad; }));
    BOOST_TEST(refused([&](set_cookie& c) { c.path = "/" + bad; }));
    BOOST_TEST(refused([&](set_cookie& c) { c.domain = bad; }));
    response answer;
    BOOST_CHECK_THROW(answer.set(bad, "v"), std::invalid_argument);
    BOOST_CHECK_THROW(answer.set("X-A", bad), std::invalid_argument);
    BOOST_CHECK_THROW(answer.set(field::etag, bad), std::invalid_argument);
    BOOST_CHECK_THROW(answer.append(bad, "v"), std::invalid_argument);
    BOOST_CHECK_THROW(answer.append("X-A", bad), std::invalid_argument);
    BOOST_CHECK_THROW(forget_cookie(answer, bad), std::invalid_argument);
    BOOST_CHECK_THROW(forget_cookie(answer, "a", bad), std::invalid_argument);
    BOOST_CHECK_THROW(forget_cookie(answer, "a", "/", bad), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(response::redirect("/" + bad)), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(response::bytes(bad, "")), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(response::stream(bad, {})), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(response::upgrade(bad, {})), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(response::file(bad, {})), std::invalid_argument);
    BOOST_CHECK_THROW(answer.announce_trailer(bad), std::invalid_argument);
    BOOST_CHECK_THROW(add_vary(answer, bad), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(local_redirect("//evil.org", "/" + bad)), std::invalid_argument);
    BOOST_TEST(answer.field_block().empty());
  }
}

BOOST_AUTO_TEST_CASE(what_would_begin_another_attribute_is_refused) {
  for (const char* bad : {"a;b", "a b", "a,b", "a\"b", "a\\b", "\x7f", "\xc3\xbc"}) {
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(refused([&](set_cookie& c) { c.value = bad; }));
      BOOST_TEST(refused([&](set_cookie& c) { c.name = bad; }));
      BOOST_TEST(refused([&](set_cookie& c) { c.domain = bad; }));
    }
  }
  BOOST_TEST(refused([](set_cookie& c) { c.path = "/;Secure"; }));
  BOOST_TEST(refused([](set_cookie& c) { c.path = "a"; }));
  BOOST_TEST(refused([](set_cookie& c) { c.name.clear(); }));
  BOOST_TEST(refused([](set_cookie& c) { c.value.assign(4096, 'v'); }));
}

BOOST_AUTO_TEST_CASE(a_sealed_value_opens_under_its_own_name_alone) {
  const cookie_signer signer{{first_key}};
  const std::string value{"user=7; any\0thing\r\n", 19};
  const std::string sealed = signer.seal("session", value);
  BOOST_TEST(!refused([&](set_cookie& c) { c.value = sealed; }));
  BOOST_TEST(signer.open("session", sealed, noon).value() == value);
  BOOST_TEST(!signer.open("admin", sealed, noon).has_value());
  BOOST_TEST(signer.open("a", signer.seal("a", ""), noon).value().empty());
  const parsed_head head{get_head("/", "Cookie: session=" + sealed + "\r\n")};
  BOOST_TEST(signer.open(head.req, "session").value() == value);
  BOOST_TEST(!signer.open(head.req, "other").has_value());
}

BOOST_AUTO_TEST_CASE(a_sealed_value_that_was_changed_anywhere_does_not_open) {
  const cookie_signer signer{{first_key}};
  const std::string sealed = signer.seal("id", "seven", noon + std::chrono::hours{1});
  for (std::size_t i = 0; i != sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!signer.open("id", changed, noon).has_value());
    BOOST_TEST(!signer.open("id", sealed.substr(0, i), noon).has_value());
  }
  for (const std::string& bad :
       {std::string{}, std::string{".."}, sealed + ".", sealed + "A", "." + sealed, std::string(100'000, 'A')}) {
    BOOST_TEST(!signer.open("id", bad, noon).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_sealed_value_expires_whatever_the_client_says) {
  const cookie_signer signer{{first_key}};
  const std::string sealed = signer.seal("id", "7", noon);
  BOOST_TEST(signer.open("id", sealed, noon - std::chrono::seconds{1}).has_value());
  BOOST_TEST(!signer.open("id", sealed, noon).has_value());
  BOOST_TEST(!signer.open("id", signer.seal("id", "7", system_clock::time_point{} - std::chrono::hours{1}), noon));
}

BOOST_AUTO_TEST_CASE(keys_change_without_making_cookies_bad) {
  const cookie_signer before{{first_key}};
  const cookie_signer during{{second_key, first_key}};
  const cookie_signer after{{second_key}};
  const std::string old_one = before.seal("id", "7");
  const std::string new_one = during.seal("id", "7");
  BOOST_TEST(during.open("id", old_one, noon).has_value());
  BOOST_TEST(after.open("id", new_one, noon).has_value());
  BOOST_TEST(!after.open("id", old_one, noon).has_value());
  BOOST_CHECK_THROW(cookie_signer{{}}, std::invalid_argument);
  BOOST_CHECK_THROW((cookie_signer{{first_key, "short"}}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
