#include <baton/router.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/route_table.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton {
namespace {

using http::parsed_head;
using http::request_access;

// A handler that answers with its own name and the wildcards it was given.
handler named(std::string name) {
  return [name](request& req) {
    std::string text = name;
    for (const path_param& param : req.params()) {
      text += " " + std::string{param.name} + "=" + std::string{param.value};
    }
    return response::text(text);
  };
}

struct found {
  parsed_head head;
  response answer;
  std::string body() const { return std::string{answer.body()}; }
  unsigned code() const { return static_cast<unsigned>(answer.status()); }
  std::string field(std::string_view name) const { return std::string{answer.get(name).value_or("none")}; }
};

struct site {
  explicit site(router& routes) : table{routes.release()} {}

  std::unique_ptr<found> ask(const std::string& method, const std::string& target) const {
    const std::string text = method + " " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
    std::unique_ptr<found> result{new found{parsed_head{text}, response{}}};
    BOOST_REQUIRE(result->head.result.outcome == http::head_outcome::complete);
    const http::route& route = table->find(result->head.req);
    result->answer = run_task(route.run(result->head.req));
    return result;
  }
  std::string get(const std::string& target) const { return ask("GET", target)->body(); }

  std::shared_ptr<const http::route_table> table;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(routes)

BOOST_AUTO_TEST_CASE(the_most_specific_pattern_wins_in_any_order) {
  const std::vector<std::string> patterns{
      "/", "/{$}", "/users/{id}", "/users/me", "/users/{id}/{file...}", "/users/", "GET /users/me/inbox"};
  for (const bool reversed : {false, true}) {
    router routes;
    std::vector<std::string> order = patterns;
    if (reversed) order.assign(patterns.rbegin(), patterns.rend());
    for (const std::string& text : order) routes.handle(text, named(text));
    const site s{routes};
    BOOST_TEST(s.get("/") == "/{$}");
    BOOST_TEST(s.get("/x/y") == "/");
    BOOST_TEST(s.get("/users/me") == "/users/me");
    BOOST_TEST(s.get("/users/7") == "/users/{id} id=7");
    BOOST_TEST(s.get("/users/") == "/users/");
    BOOST_TEST(s.get("/users/7/a/b") == "/users/{id}/{file...} id=7 file=a/b");
    BOOST_TEST(s.get("/users/7/") == "/users/{id}/{file...} id=7 file=");
    BOOST_TEST(s.get("/users/me/inbox") == "GET /users/me/inbox");
    BOOST_TEST(s.ask("POST", "/users/me/inbox")->body() == "/users/{id}/{file...} id=me file=inbox");
    BOOST_TEST(s.get("//users") == "/");
  }
}

BOOST_AUTO_TEST_CASE(a_failed_literal_goes_back_to_the_wildcard) {
  router routes;
  routes.get("/a/b/c", named("literal")).get("/a/{x}/d", named("wild")).get("/{p...}", named("rest"));
  const site s{routes};
  BOOST_TEST(s.get("/a/b/c") == "literal");
  BOOST_TEST(s.get("/a/b/d") == "wild x=b");
  BOOST_TEST(s.get("/a/b/e") == "rest p=a/b/e");
}

BOOST_AUTO_TEST_CASE(an_escaped_slash_stays_inside_its_segment) {
  router routes;
  routes.get("/users/{id}", named("one")).get("/users/{id}/{x}", named("two")).get("/files/{p...}", named("files"));
  routes.get("/sp%20ace", named("space"));
  const site s{routes};
  BOOST_TEST(s.get("/users/a%2Fb") == "one id=a/b");
  BOOST_TEST(s.get("/users/a%2fb/c%20d") == "two id=a/b x=c d");
  BOOST_TEST(s.get("/us%65rs/7") == "one id=7");
  BOOST_TEST(s.get("/files/a%2Fb/c") == "files p=a/b/c");
  BOOST_TEST(s.get("/sp%20ace") == "space");
  BOOST_TEST(s.ask("GET", "/users%2F7")->code() == 404U);
  BOOST_TEST(s.get("http://other/users/a%2Fb?x=%2F") == "one id=a/b");
}

BOOST_AUTO_TEST_CASE(a_wildcard_takes_no_empty_segment) {
  router routes;
  routes.get("/users/{id}", named("one"));
  const site s{routes};
  BOOST_TEST(s.ask("GET", "/users/")->code() == 404U);
  BOOST_TEST(s.ask("GET", "/users")->code() == 404U);
  BOOST_TEST(s.ask("GET", "/users/7/")->code() == 404U);
}

BOOST_AUTO_TEST_CASE(the_request_knows_its_pattern) {
  router routes;
  routes.get("/users/{id}", named("one"));
  const site s{routes};
  BOOST_TEST(s.ask("GET", "/users/7")->head.req.pattern() == "/users/{id}");
  BOOST_TEST(s.ask("GET", "/none")->head.req.pattern().empty());
}

BOOST_AUTO_TEST_CASE(get_answers_head_unless_head_has_its_own) {
  router routes;
  routes.get("/a", named("get")).get("/b", named("get")).handle("HEAD /b", named("head"));
  const site s{routes};
  BOOST_TEST(s.ask("HEAD", "/a")->body() == "get");
  BOOST_TEST(s.ask("HEAD", "/b")->body() == "head");
}

BOOST_AUTO_TEST_CASE(a_known_path_with_another_method_is_405) {
  router routes;
  routes.get("/a", named("get")).post("/a", named("post")).del("/{x}", named("delete"));
  const site s{routes};
  const auto refused = s.ask("PATCH", "/a");
  BOOST_TEST(refused->code() == 405U);
  BOOST_TEST(refused->field("Allow") == "DELETE, GET, HEAD, OPTIONS, POST");
  BOOST_TEST(refused->field("Content-Type") == "application/problem+json");
  BOOST_TEST(s.ask("FROBNICATE", "/a")->code() == 405U);
  BOOST_TEST(s.ask("get", "/a")->code() == 405U);
  BOOST_TEST(s.ask("DELETE", "/a")->body() == "delete x=a");
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_404_and_with_an_unknown_method_501) {
  router routes;
  routes.get("/a", named("get"));
  const site s{routes};
  BOOST_TEST(s.ask("GET", "/b")->code() == 404U);
  BOOST_TEST(s.ask("GET", "/b")->field("Content-Type") == "application/problem+json");
  BOOST_TEST(s.ask("OPTIONS", "/b")->code() == 404U);
  BOOST_TEST(s.ask("FROBNICATE", "/b")->code() == 501U);
}

BOOST_AUTO_TEST_CASE(options_is_answered_unless_a_route_does) {
  router routes;
  routes.get("/a", named("get")).put("/b", named("put")).handle("OPTIONS /c", named("own")).handle("/d", named("any"));
  routes.handle("PURGE /e", named("purge")).handle("X-MINE /e", named("mine"));
  const site s{routes};
  BOOST_TEST(s.ask("OPTIONS", "/a")->code() == 204U);
  BOOST_TEST(s.ask("OPTIONS", "/a")->field("Allow") == "GET, HEAD, OPTIONS");
  BOOST_TEST(s.ask("OPTIONS", "/c")->body() == "own");
  BOOST_TEST(s.ask("OPTIONS", "/d")->body() == "any");
  BOOST_TEST(s.ask("OPTIONS", "*")->code() == 204U);
  BOOST_TEST(s.ask("OPTIONS", "*")->field("Allow") == "GET, HEAD, OPTIONS, PURGE, PUT, X-MINE");
  BOOST_TEST(s.ask("X-MINE", "/e")->body() == "mine");
}

BOOST_AUTO_TEST_CASE(a_lacking_slash_is_redirected_with_the_query) {
  router routes;
  routes.get("/static/", named("static")).get("/x/{$}", named("x")).get("/f/{p...}", named("f"));
  routes.get("/", named("root")).get("/users/{u}/posts/", named("posts"));
  const site s{routes};
  const auto moved = s.ask("GET", "/static?a=b");
  BOOST_TEST(moved->code() == 308U);
  BOOST_TEST(moved->field("Location") == "/static/?a=b");
  BOOST_TEST(moved->head.req.params().empty());
  BOOST_TEST(s.ask("HEAD", "/x")->field("Location") == "/x/");
  BOOST_TEST(s.ask("GET", "/f")->field("Location") == "/f/");
  BOOST_TEST(s.ask("GET", "/users/a%20b/posts")->field("Location") == "/users/a%20b/posts/");
  BOOST_TEST(s.ask("GET", "http://other/static")->field("Location") == "/static/");
  BOOST_TEST(s.get("/static/x") == "static");
  BOOST_TEST(s.get("/other") == "root");
  BOOST_TEST(s.ask("POST", "/static")->code() == 405U);
}

BOOST_AUTO_TEST_CASE(no_redirect_names_another_host) {
  router routes;
  routes.get("/{x}/", named("x")).get("/{x}/{y}/", named("y"));
  const site s{routes};
  for (const std::string& target : std::vector<std::string>{"//evil.example", "/\\evil.example", "//evil.example/x"}) {
    BOOST_TEST(s.ask("GET", target)->field("Location") == "none");
  }
  BOOST_TEST(s.ask("GET", "/good")->field("Location") == "/good/");
}

BOOST_AUTO_TEST_CASE(conflicts_name_both_places) {
  router routes;
  routes.get("/a/{x}", named("1"), {"one.cpp", 11});
  const auto names_both = [](const std::invalid_argument& error) {
    const std::string text = error.what();
    return text.find("two.cpp:22") != std::string::npos && text.find("one.cpp:11") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(routes.get("/a/{y}", named("2"), {"two.cpp", 22}), std::invalid_argument, names_both);
  BOOST_CHECK_EXCEPTION(routes.group("/a",
                                     [](router& group) {
                                       group.get("/{z}", named("3"), {"two.cpp", 22});
                                     }),
                        std::invalid_argument, names_both);
  const auto names_place = [](const std::invalid_argument& error) {
    return std::string{error.what()}.find("three.cpp:33") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(routes.get("a", named("4"), {"three.cpp", 33}), std::invalid_argument, names_place);
  BOOST_CHECK_EXCEPTION(routes.get("", named("4"), {"three.cpp", 33}), std::invalid_argument, names_place);
}

BOOST_AUTO_TEST_CASE(a_group_that_fails_leaves_its_patterns_to_others) {
  router routes;
  routes.get("/a", named("1"));
  const auto fill = [](router& group) {
    group.get("/x", named("2"));
    throw std::runtime_error{"no"};
  };
  BOOST_CHECK_THROW(routes.group("/g", fill), std::runtime_error);
  routes.get("/g/{any}", named("3"));
  BOOST_CHECK_THROW(routes.get("/a", named("4")), std::invalid_argument);
  BOOST_CHECK_THROW(routes.get("/g/{other}", named("5")), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_released_router_is_empty) {
  router routes;
  routes.get("/a", named("a"));
  const site first{routes};
  routes.get("/a", named("b"));
  BOOST_TEST(site{routes}.get("/a") == "b");
  BOOST_TEST(first.get("/a") == "a");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
