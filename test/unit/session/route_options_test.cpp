// Limits and time-outs of single routes, values left with a request, seen from the client's side.
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <baton/background.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using std::chrono::milliseconds;

response echo(request& req) {
  return response::text(std::string{req.body()});
}

task<response> read_all(request&, body_stream& body) {
  std::size_t size = 0;
  for (;;) {
    const std::string_view piece = co_await body.read();
    if (piece.empty()) break;
    size += piece.size();
  }
  co_return response::text(std::to_string(size));
}

task<response> wait_for_ever(request&) {
  co_await sleep_for(std::chrono::hours{1});
  co_return response::text(literal{"late"});
}

std::string post(std::string_view path, std::size_t length, std::string_view body) {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) +
         "\r\n\r\n" + std::string{body};
}

std::string get(std::string_view path) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

struct fixture {
  options settings;
  router routes;

  std::string answer(const std::string& sent, std::string_view awaited = "\r\n\r\n") {
    if (!worker) worker = std::make_unique<hand_run_worker>(settings, std::move(routes));
    pair_client client = worker->connect();
    client.send(sent);
    BOOST_TEST(worker->run_until([&] {
      client.take();
      return client.received.find(awaited) != std::string::npos;
    }));
    return client.received;
  }
  std::unique_ptr<hand_run_worker> worker;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(route_terms, fixture)

BOOST_AUTO_TEST_CASE(a_route_may_take_larger_and_smaller_bodies_than_the_server) {
  settings.limits.body = 10;
  routes.post("/usual", echo).post("/large", echo, {.body = 100}).post("/small", echo, {.body = 3});
  routes.post("/streamed", read_all, {.body = 3});
  BOOST_TEST(has(answer(post("/usual", 11, "")), "HTTP/1.1 413 "));
  BOOST_TEST(has(answer(post("/large", 11, "0123456789a"), "0123456789a"), "HTTP/1.1 200 "));
  BOOST_TEST(has(answer(post("/large", 101, "")), "HTTP/1.1 413 "));
  BOOST_TEST(has(answer(post("/small", 4, "")), "HTTP/1.1 413 "));
  BOOST_TEST(has(answer(post("/streamed", 4, "")), "HTTP/1.1 413 "));
  BOOST_TEST(has(answer(post("/streamed", 3, "abc")), "HTTP/1.1 200 "));
  const std::string chunked = "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n";
  BOOST_TEST(has(answer(chunked), "HTTP/1.1 413 "));
}

BOOST_AUTO_TEST_CASE(limits_of_a_group_hold_where_its_routes_say_nothing) {
  routes.limits({.body = 1});
  routes.post("/outer", echo);
  routes.group("/in", [](router& inner) {
    inner.post("/before", echo);
    inner.limits({.body = 3});
    inner.post("/own", echo, {.body = 5});
    inner.post("/after", echo, {.handler_timeout = milliseconds{60'000}});
  });
  BOOST_TEST(has(answer(post("/outer", 2, "")), "HTTP/1.1 413 "));
  for (const char* path : {"/in/before", "/in/after"}) {
    BOOST_TEST(has(answer(post(path, 3, "abc")), "HTTP/1.1 200 "));
    BOOST_TEST(has(answer(post(path, 4, "")), "HTTP/1.1 413 "));
  }
  BOOST_TEST(has(answer(post("/in/own", 5, "abcde")), "HTTP/1.1 200 "));
  BOOST_TEST(has(answer(post("/in/own", 6, "")), "HTTP/1.1 413 "));
}

BOOST_AUTO_TEST_CASE(a_handler_that_takes_longer_than_its_route_allows_is_cancelled_and_answered_with_503) {
  bool cancelled = false;
  routes.get("/slow",
             [&cancelled](request& req) -> task<response> {
               try {
                 co_return co_await wait_for_ever(req);
               } catch (const boost::system::system_error& error) {
                 cancelled = error.code() == boost::asio::error::operation_aborted;
                 throw;
               }
             },
             {.handler_timeout = milliseconds{1}});
  routes.get("/fast", [](request&) { return response::text(literal{"fast"}); });
  const std::string both = answer(get("/slow") + get("/fast"), "fast");
  BOOST_TEST(cancelled);
  BOOST_TEST(has(both, "HTTP/1.1 503 "));
  BOOST_TEST(has(both, "\"code\":\"handler_timeout\""));
  BOOST_TEST(has(both, "HTTP/1.1 200 "));  // the connection lives
}

BOOST_AUTO_TEST_CASE(the_time_of_a_handler_counts_while_it_reads_its_body) {
  routes.post("/read", read_all, {.handler_timeout = milliseconds{1}});
  BOOST_TEST(has(answer(post("/read", 10, "abc")), "HTTP/1.1 503 "));
}

BOOST_AUTO_TEST_CASE(what_a_handler_returns_in_spite_of_its_cancellation_is_sent) {
  routes.get("/",
             [](request& req) -> task<response> {
               try {
                 co_await wait_for_ever(req);
               } catch (const boost::system::system_error&) {
               }
               co_return response::stream("text/plain", [](body_writer& out) -> task<void> {
                 co_await out.write("all the");
                 co_await out.flush();
                 co_await sleep_for(milliseconds{1});
                 co_await out.write(" same");
               });
             },
             {.handler_timeout = milliseconds{1}});
  BOOST_TEST(has(answer(get("/"), " same"), "HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(a_handler_within_its_time_is_not_disturbed) {
  routes.get("/",
             [](request&) -> task<response> {
               co_await sleep_for(milliseconds{5});
               co_return response::text(literal{"in time"});
             },
             {.handler_timeout = std::chrono::minutes{5}});
  BOOST_TEST(has(answer(get("/"), "in time"), "HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(a_route_may_wait_for_its_body_for_less_time_than_the_server) {
  settings.timeouts.body = std::chrono::hours{1};
  routes.post("/", echo, {.body_timeout = milliseconds{1}, .body_rate = 0});
  BOOST_TEST(has(answer(post("/", 10, "abc")), "HTTP/1.1 408 "));
}

BOOST_AUTO_TEST_CASE(values_left_with_a_request_are_gone_with_its_answer) {
  struct user {
    std::shared_ptr<int> life;
  };
  const auto life = std::make_shared<int>(1);
  routes.use([&life](request& req, next rest) -> task<response> {
    if (req.path() == "/set") req.set(user{life});
    co_return co_await rest(req);
  });
  const auto tell = [](request& req) { return response::text(req.value<user>() != nullptr ? "known" : "unknown"); };
  routes.get("/set", tell).get("/unset", tell);
  const std::string both = answer(get("/set") + get("/unset"), "unknown");
  BOOST_TEST(count_of(both, "\r\n\r\nknown") == 1);
  BOOST_TEST(has(answer(get("/set"), "known"), "HTTP/1.1 200 "));
  BOOST_TEST(worker->run_until([&] { return life.use_count() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
