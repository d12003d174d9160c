// Basic and bearer authentication: who comes through, and what those are told who don't.
#include "unit/middleware/chain.hpp"

namespace baton {
namespace {

handler who() {
  return [](request& req) {
    const with::principal* const found = req.value<with::principal>();
    return response::text(found == nullptr ? "nobody" : found->scheme + " " + found->name);
  };
}

chain basic() {
  with::basic_auth_options how;
  how.realm = "staff";
  how.verify = with::basic_users({{"Aladdin", "open sesame"}, {"empty", ""}});
  return chain{{with::basic_auth(how)}, who()};
}

chain bearer() {
  with::bearer_auth_options how;
  how.verify = [](request&, std::string token) -> task<std::optional<std::string>> {
    if (token == "narrow") throw http_error{status::forbidden, "insufficient_scope"};
    co_return token == "abc.def-1~2+3/4==" ? std::optional<std::string>{"ali"} : std::nullopt;
  };
  return chain{{with::bearer_auth(how)}, who()};
}

std::string authorization(std::string_view value) {
  return "Authorization: " + std::string{value} + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(authentication)

BOOST_AUTO_TEST_CASE(the_right_name_and_password_come_through) {
  const chain served = basic();
  BOOST_TEST(served.ask("GET", authorization("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")).body() == "Basic Aladdin");
  BOOST_TEST(code_of(served.ask("GET", authorization("bASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))) == 200U);
  BOOST_TEST(code_of(served.ask("GET", authorization("Basic ZW1wdHk6"))) == 200U);  // "empty:"
}

BOOST_AUTO_TEST_CASE(everybody_else_is_asked_for_them) {
  const chain served = basic();
  const response none = served.ask();
  BOOST_TEST(code_of(none) == 401U);
  BOOST_TEST(value_of(none, "WWW-Authenticate") == "Basic realm=\"staff\", charset=\"UTF-8\"");
  for (const char* wrong :
       {"Basic", "Basic ",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        "Basic !!!!", "Basic QWxhZGRpbg==", "Basic QWxhZGRpbjo=", "Basic bm9ib2R5Om9wZW4gc2VzYW1l",
        "Basic bm9ib2R5Og==", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== x",
        "Digest QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic Og=="}) {
    BOOST_TEST(code_of(served.ask("GET", authorization(wrong))) == 401U, wrong);
  }
  const std::string right = authorization("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  BOOST_TEST(code_of(served.ask("GET", right + authorization("Basic x"))) == 401U);  // two of them
}

BOOST_AUTO_TEST_CASE(a_token_is_what_the_verifier_says) {
  const chain served = bearer();
  BOOST_TEST(served.ask("GET", authorization("Bearer abc.def-1~2+3/4==")).body() == "Bearer ali");
  const response none = served.ask();
  BOOST_TEST(code_of(none) == 401U);
  BOOST_TEST(value_of(none, "WWW-Authenticate") == "Bearer realm=\"restricted\"");
  const response wrong = served.ask("GET", authorization("Bearer other"));
  BOOST_TEST(code_of(wrong) == 401U);
  BOOST_TEST(value_of(wrong, "WWW-Authenticate").ends_with("error=\"invalid_token\""));
  BOOST_TEST(code_of(served.ask("GET", authorization("Bearer narrow"))) == 403U);
}

BOOST_AUTO_TEST_CASE(a_malformed_token_is_a_bad_request) {
  const chain served = bearer();
  for (const char* bad : {"Bearer", "Bearer =", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer a=b"}) {
    const response answer = served.ask("GET", authorization(bad));
    BOOST_TEST(code_of(answer) == 400U, bad);
    BOOST_TEST(value_of(answer, "WWW-Authenticate").ends_with("error=\"invalid_request\""));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_when_the_chain_is_built) {
  BOOST_CHECK_THROW(static_cast<void>(with::basic_auth({})), std::invalid_argument);
  BOOST_CHECK_THROW(static_cast<void>(with::bearer_auth({})), std::invalid_argument);
  with::basic_auth_options how;
  how.verify = with::basic_users({});
  how.realm = "a\"b";
  BOOST_CHECK_THROW(static_cast<void>(with::basic_auth(how)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(texts_compare_whatever_their_lengths) {
  using with::equal_in_constant_time;
  BOOST_TEST(equal_in_constant_time("", ""));
  BOOST_TEST(equal_in_constant_time("abc", "abc"));
  BOOST_TEST(!equal_in_constant_time("abcabc", "abc"));
  BOOST_TEST(!equal_in_constant_time("ab", "abc"));
  BOOST_TEST(!equal_in_constant_time("", "abc"));
  BOOST_TEST(!equal_in_constant_time("abc", ""));
  BOOST_TEST(!equal_in_constant_time(std::string_view{"\0", 1}, ""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
