// request_id, security_headers, recoverer, body_limit and cors: what they do to answers.
#include <stdexcept>

#include "unit/middleware/chain.hpp"

namespace baton {
namespace {

handler throwing() {
  return [](request&) -> response { throw std::runtime_error{"a secret"}; };
}

with::cors_options of_example() {
  with::cors_options how;
  how.origins = {"https://app.example"};
  return how;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(every_answer_gets_an_identifier_of_its_own) {
  const chain served{{with::request_id()}};
  const std::string id = value_of(served.ask(), "X-Request-Id");
  BOOST_TEST(id.size() > 16U);
  BOOST_TEST(value_of(served.ask("GET", "X-Request-Id: theirs\r\n"), "X-Request-Id") == id);  // the serial is 0 here
}

BOOST_AUTO_TEST_CASE(an_identifier_that_comes_along_is_believed_only_when_told_to) {
  with::request_id_options how;
  how.accept = true;
  how.field = "X-Correlation";
  const chain served{{with::request_id(how)}};
  BOOST_TEST(value_of(served.ask("GET", "x-correlation: abc-1:2/3=\r\n"), "X-Correlation") == "abc-1:2/3=");
  for (const std::string& bad : {std::string{"a b"}, std::string{"a\"b"}, std::string(129, 'a'), std::string{"a,b"}})
    BOOST_TEST(value_of(served.ask("GET", "X-Correlation: " + bad + "\r\n"), "X-Correlation") != bad);
}

BOOST_AUTO_TEST_CASE(a_field_that_nobody_may_set_is_refused_when_the_chain_is_built) {
  with::request_id_options how;
  how.field = "Content-Length";
  BOOST_CHECK_THROW(static_cast<void>(with::request_id(how)), std::invalid_argument);
  with::security_headers_options fields;
  fields.referrer_policy = "no\r\nX: y";
  BOOST_CHECK_THROW(static_cast<void>(with::security_headers(fields)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(security_fields_are_added_where_the_handler_has_not_set_them) {
  const handler page = [](request&) { return response::html("x").set("X-Frame-Options", "SAMEORIGIN"); };
  const response answer = chain{{with::security_headers()}, page}.ask();
  BOOST_TEST(value_of(answer, "X-Content-Type-Options") == "nosniff");
  BOOST_TEST(value_of(answer, "X-Frame-Options") == "SAMEORIGIN");
  BOOST_TEST(value_of(answer, "Content-Security-Policy") == "frame-ancestors 'none'");
  BOOST_TEST(value_of(answer, "Permissions-Policy") == "(none)");
}

BOOST_AUTO_TEST_CASE(what_is_thrown_behind_the_recoverer_is_adorned_by_those_before_it) {
  const response bare = chain{{with::security_headers()}, throwing()}.ask();
  BOOST_TEST(value_of(bare, "X-Content-Type-Options") == "(none)");
  const response answer = chain{{with::security_headers(), with::recoverer()}, throwing()}.ask();
  BOOST_TEST(code_of(answer) == 500U);
  BOOST_TEST(value_of(answer, "X-Content-Type-Options") == "nosniff");
  BOOST_TEST(answer.body().find("secret") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_recovery_hook_may_answer_decline_or_fail) {
  const auto answered = [](const request&, const std::exception_ptr&) {
    return std::optional{response::text("mine", status::bad_gateway)};
  };
  const auto declined = [](const request&, const std::exception_ptr&) { return std::optional<response>{}; };
  const auto failing = [](const request&, const std::exception_ptr&) -> std::optional<response> {
    throw http_error{status::conflict};
  };
  BOOST_TEST(code_of(chain{{with::recoverer(answered)}, throwing()}.ask()) == 502U);
  BOOST_TEST(code_of(chain{{with::recoverer(declined)}, throwing()}.ask()) == 500U);
  BOOST_TEST(code_of(chain{{with::recoverer(failing)}, throwing()}.ask()) == 409U);
  BOOST_TEST(code_of(chain{{with::recoverer(failing)}}.ask()) == 200U);
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_413) {
  const chain served{{with::body_limit(5)}};
  BOOST_TEST(code_of(served.ask("POST", "Content-Length: 5\r\n")) == 200U);
  BOOST_TEST(code_of(served.ask("POST", "Content-Length: 6\r\n")) == 413U);
  http::parsed_head chunked{head_of("POST", "Transfer-Encoding: chunked\r\n")};
  http::request_access::body(chunked.req) = "123456";
  BOOST_TEST(code_of(run_task(served.run(chunked))) == 413U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cors)

const std::string ours = "Origin: https://app.example\r\n";
const std::string preflight = ours + "Access-Control-Request-Method: PUT\r\n";

BOOST_AUTO_TEST_CASE(a_preflight_is_answered_without_a_handler) {
  const response answer = chain{{with::cors(of_example())}, throwing()}.ask("OPTIONS", preflight);
  BOOST_TEST(code_of(answer) == 204U);
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == "https://app.example");
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Methods") == "GET, HEAD, POST, PUT, PATCH, DELETE");
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Headers") == "Content-Type");
  BOOST_TEST(value_of(answer, "Access-Control-Max-Age") == "600");
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Credentials") == "(none)");
  BOOST_TEST(value_of(answer, "Vary").starts_with("Origin"));
}

BOOST_AUTO_TEST_CASE(an_origin_that_may_not_gets_no_fields) {
  const chain served{{with::cors(of_example())}};
  for (const char* origin : {"https://app.example.evil", "http://app.example", "https://app.example:444", "null"}) {
    const std::string line = "Origin: " + std::string{origin} + "\r\n";
    const response asked = served.ask("OPTIONS", line + "Access-Control-Request-Method: PUT\r\n");
    BOOST_TEST(value_of(asked, "Access-Control-Allow-Origin") == "(none)", origin);
    BOOST_TEST(value_of(asked, "Access-Control-Allow-Methods") == "(none)", origin);
    const response answer = served.ask("GET", line);
    BOOST_TEST(answer.body() == "served");
    BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == "(none)", origin);
    BOOST_TEST(value_of(answer, "Vary") == "Origin");
  }
}

BOOST_AUTO_TEST_CASE(a_request_of_an_origin_that_may_is_served_and_readable) {
  with::cors_options how = of_example();
  how.credentials = true;
  how.exposed = {"X-Total", "ETag"};
  const response answer = chain{{with::cors(how)}}.ask("GET", ours);
  BOOST_TEST(answer.body() == "served");
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == "https://app.example");
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Credentials") == "true");
  BOOST_TEST(value_of(answer, "Access-Control-Expose-Headers") == "X-Total, ETag");
}

BOOST_AUTO_TEST_CASE(caches_are_told_also_where_there_is_no_origin) {
  BOOST_TEST(value_of(chain{{with::cors(of_example())}}.ask(), "Vary") == "Origin");
}

BOOST_AUTO_TEST_CASE(everybody_is_one_answer_for_all_and_excludes_credentials) {
  with::cors_options how;
  how.origins = {"*"};
  const response answer = chain{{with::cors(how)}}.ask("GET", ours);
  BOOST_TEST(value_of(answer, "Access-Control-Allow-Origin") == "*");
  BOOST_TEST(value_of(answer, "Vary") == "(none)");
  how.credentials = true;
  BOOST_CHECK_THROW(static_cast<void>(with::cors(how)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_predicate_may_admit_origins_that_no_list_has) {
  with::cors_options how;
  how.allow = [](std::string_view origin) { return origin.ends_with(".example"); };
  const chain served{{with::cors(how)}};
  BOOST_TEST(value_of(served.ask("GET", ours), "Access-Control-Allow-Origin") == "https://app.example");
  BOOST_TEST(value_of(served.ask("GET", "Origin: https://evil.test\r\n"), "Access-Control-Allow-Origin") == "(none)");
}

BOOST_AUTO_TEST_CASE(options_without_a_preflight_are_the_routes_affair) {
  BOOST_TEST(chain{{with::cors(of_example())}}.ask("OPTIONS", ours).body() == "served");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
