// Chains, groups and the kinds of handlers, run as the connection runs them.
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/router.hpp>

#include "http/error_response.hpp"
#include "http/exchange.hpp"
#include "http/route_table.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton {
namespace {

using http::get_head;
using http::parsed_head;
using http::request_access;

// Adds its letter on the way in and on the way out.
middleware marking(std::string& trace, char letter) {
  return [&trace, letter](request& req, next rest) -> task<response> {
    trace += letter;
    response answer = co_await rest(req);
    trace += static_cast<char>(letter - 'a' + 'A');
    co_return answer;
  };
}

handler tracing(std::string& trace) {
  return [&trace](request&) {
    trace += '.';
    return response::text("done");
  };
}

task<response> answer_later(request& req) {
  co_return response::text("later " + std::string{req.path()});
}

task<response> answer_from_body(request&, body_stream& body) {
  const std::string_view piece = co_await body.read();
  co_return response::text(std::string{piece});
}

struct one_piece final : body_stream {
  task<std::string_view> read() override { co_return std::string_view{"piece"}; }
};

struct fake_exchange final : http::exchange {
  body_stream& body() override { return stream; }
  task<response> run_blocking(const handler::plain& call, request& req) override {
    ++blocking_calls;
    co_return call(req);
  }
  void run_in_background(background_job) override {}
  one_piece stream;
  int blocking_calls = 0;
};

std::string run(const http::route_table& table, const std::string& target, http::exchange& exchange) {
  parsed_head head{get_head(target)};
  request_access::exchange(head.req) = &exchange;
  return std::string{run_task(table.find(head.req).run(head.req)).body()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chains)

BOOST_AUTO_TEST_CASE(every_kind_of_handler_is_run_its_own_way) {
  router routes;
  routes.get("/plain", [](request&) { return response::text("plain"); });
  routes.get("/later", answer_later).get("/body", answer_from_body);
  routes.get("/block", blocking([](request&) { return response::text("blocked"); }));
  const auto table = routes.release();
  fake_exchange exchange;
  BOOST_TEST(run(*table, "/plain", exchange) == "plain");
  BOOST_TEST(run(*table, "/later", exchange) == "later /later");
  BOOST_TEST(run(*table, "/body", exchange) == "piece");
  BOOST_TEST(run(*table, "/block", exchange) == "blocked");
  BOOST_TEST(exchange.blocking_calls == 1);
}

BOOST_AUTO_TEST_CASE(only_plain_handlers_without_middleware_are_direct) {
  std::string trace;
  router routes;
  routes.get("/plain", tracing(trace)).get("/later", answer_later).get("/body", answer_from_body);
  routes.group("/g", [&](router& group) { group.use(marking(trace, 'a')).get("/plain", tracing(trace)); });
  const auto table = routes.release();
  const auto route_of = [&](const std::string& target) -> const http::route& {
    parsed_head head{get_head(target)};
    return table->find(head.req);
  };
  BOOST_TEST((route_of("/plain").direct() != nullptr));
  BOOST_TEST((route_of("/none").direct() != nullptr));
  BOOST_TEST((route_of("/later").direct() == nullptr));
  BOOST_TEST((route_of("/g/plain").direct() == nullptr));
  BOOST_TEST(route_of("/body").streams_body());
  BOOST_TEST(!route_of("/later").streams_body());
}

BOOST_AUTO_TEST_CASE(middleware_wraps_from_the_outside_in) {
  std::string trace;
  router routes;
  routes.get("/top", tracing(trace));
  routes.use(marking(trace, 'a')).use(marking(trace, 'b'));
  routes.group("/g", [&](router& group) {
    group.get("/one", tracing(trace));
    group.use(marking(trace, 'c'));
    group.group("/h/", [&](router& inner) {
      inner.use(marking(trace, 'd'));
      inner.get("/two", tracing(trace)).get("", tracing(trace));
    });
  });
  const auto table = routes.release();
  fake_exchange exchange;
  const auto traced = [&](const std::string& target) {
    trace.clear();
    run(*table, target, exchange);
    return trace;
  };
  BOOST_TEST(traced("/top") == "ab.BA");
  BOOST_TEST(traced("/g/one") == "abc.CBA");
  BOOST_TEST(traced("/g/h/two") == "abcd.DCBA");
  BOOST_TEST(traced("/g/h") == "abcd.DCBA");
  BOOST_TEST(traced("/none") == "abBA");
}

BOOST_AUTO_TEST_CASE(middleware_may_answer_in_place_of_the_handler) {
  std::string trace;
  router routes;
  routes.use([](request&, next) -> task<response> { co_return response::text("stopped"); });
  routes.get("/", tracing(trace));
  fake_exchange exchange;
  BOOST_TEST(run(*routes.release(), "/", exchange) == "stopped");
  BOOST_TEST(trace.empty());
}

BOOST_AUTO_TEST_CASE(a_group_that_fails_to_fill_leaves_no_claims) {
  std::string trace;
  router routes;
  const auto fill = [&](router& group) {
    group.get("/a", tracing(trace));
    throw std::runtime_error{"no"};
  };
  BOOST_CHECK_THROW(routes.group("/g", fill), std::runtime_error);
  routes.get("/g/a", tracing(trace));
  fake_exchange exchange;
  BOOST_TEST(run(*routes.release(), "/g/a", exchange) == "done");
}

BOOST_AUTO_TEST_CASE(an_exception_passes_through_the_chain) {
  std::string trace;
  router routes;
  routes.use(marking(trace, 'a')).get("/", [](request&) -> response { throw std::runtime_error{"secret"}; });
  fake_exchange exchange;
  const auto table = routes.release();
  BOOST_CHECK_THROW(run(*table, "/", exchange), std::runtime_error);
  BOOST_TEST(trace == "a");
}

BOOST_AUTO_TEST_CASE(an_unknown_exception_becomes_a_bare_500_with_the_request_id) {
  const parsed_head head{get_head("/")};
  const response answer = http::error_response(std::make_exception_ptr(std::runtime_error{"secret"}), head.req);
  BOOST_TEST((answer.status() == status::internal_server_error));
  BOOST_TEST(answer.body().find("secret") == std::string_view::npos);
  BOOST_TEST(answer.body().find("\"request_id\":\"" + head.req.id() + "\"") != std::string_view::npos);
  BOOST_TEST((http::error_response(std::make_exception_ptr(7), head.req).status() == status::internal_server_error));
}

BOOST_AUTO_TEST_CASE(an_http_error_is_answered_as_it_says_without_its_internal_text) {
  const parsed_head head{get_head("/")};
  const auto answer_to = [&](const http_error& error) {
    return http::error_response(std::make_exception_ptr(error), head.req);
  };
  const response conflict = answer_to(http_error{status::conflict, "out_of_stock", "shelf 7"}
                                          .detail("none left")
                                          .set("X-Left", "0")
                                          .set("Content-Length", "9")
                                          .set("X-Split", "a\r\nb"));
  BOOST_TEST((conflict.status() == status::conflict));
  BOOST_TEST(conflict.body().find("out_of_stock") != std::string_view::npos);
  BOOST_TEST(conflict.body().find("none left") != std::string_view::npos);
  BOOST_TEST(conflict.body().find("shelf") == std::string_view::npos);
  BOOST_TEST(conflict.body().find("request_id") == std::string_view::npos);
  BOOST_TEST(conflict.get("X-Left").value() == "0");
  BOOST_TEST(!conflict.get("Content-Length").has_value());
  BOOST_TEST(!conflict.get("X-Split").has_value());
  BOOST_TEST((answer_to(http_error{status::ok}).status() == status::internal_server_error));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
