// The in-process test client: what a program's own tests see of its routes, by a clock of their own.
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/background.hpp>
#include <baton/cookies.hpp>
#include <baton/event_stream.hpp>
#include <baton/test_client.hpp>

namespace baton {
namespace {

using namespace std::chrono_literals;

response echo(request& req) {
  return response::text(std::string{req.body()});
}

std::string text_of(const std::optional<std::string>& value) {
  return value.value_or("none");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(in_process_client)

BOOST_AUTO_TEST_CASE(a_request_goes_through_parser_router_and_middleware) {
  router routes;
  routes.use([](request& req, next rest) -> task<response> {
    response answer = co_await rest(req);
    answer.set("X-Seen", req.pattern());
    co_return answer;
  });
  routes.get("/users/{id}", [](request& req) { return response::text(std::to_string(req.param<int>("id"))); });
  test_client client{std::move(routes)};
  const test_reply found = client.get("/users/%34%32");
  BOOST_TEST(found.status == 200U);
  BOOST_TEST(found.body == "42");
  BOOST_TEST(text_of(found.field("x-seen")) == "/users/{id}");
  BOOST_TEST(text_of(found.field("Content-Length")) == "2");
  BOOST_TEST(found.head.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(client.get("/users/x").status == 400U);
  BOOST_TEST(client.get("/nothing").status == 404U);
  BOOST_TEST(client.get("/a/../b").status == 400U);
  BOOST_TEST(text_of(client.post("/users/1", "text/plain", "").field("Allow")) == "GET, HEAD, OPTIONS");
  BOOST_TEST(client.send(test_request{"/users/1", "HEAD"}).body.empty());
  BOOST_TEST(client.send_bytes("GET / HTTP/1.1\r\n\r\n").status == 400U);
  BOOST_CHECK_THROW(client.send_bytes("GET / HTTP/1.1\r\n"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(handlers_of_every_kind_are_driven_to_their_end) {
  router routes;
  routes.post("/plain", echo).post("/blocking", blocking(echo));
  routes.post("/coroutine", [](request& req) -> task<response> {
    co_await sleep_for(1h);
    co_return echo(req);
  });
  routes.post("/stream", [](request&, body_stream& body) -> task<response> {
    std::string pieces;
    for (;;) {
      const std::string_view piece = co_await body.read();
      if (piece.empty()) break;
      pieces += std::string{piece} + "|";
    }
    co_return response::stream("text/plain", [pieces](body_writer& out) -> task<void> { co_await out.write(pieces); });
  });
  routes.get("/throw", [](request&) -> response { throw std::runtime_error{"secret"}; });
  test_client client{std::move(routes)};
  for (const char* path : {"/plain", "/blocking", "/coroutine"}) {
    BOOST_TEST(client.post(path, "text/plain", "text").body == "text");
  }
  test_request pieces{"/stream", "POST"};
  pieces.body = {"one", "two"};
  BOOST_TEST(client.send(pieces).body == "one|two|");
  const test_reply failed = client.get("/throw");
  BOOST_TEST(failed.status == 500U);
  BOOST_TEST(failed.body.find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(limits_of_server_and_route_hold) {
  options settings;
  settings.limits.body = 4;
  router routes;
  routes.post("/usual", echo).post("/large", echo, {.body = 8});
  routes.get("/slow",
             [](request&) -> task<response> {
               co_await sleep_for(1h);
               co_return response{};
             },
             {.handler_timeout = 1s});
  test_client client{std::move(routes), settings};
  BOOST_TEST(client.post("/usual", "text/plain", "12345").status == 413U);
  BOOST_TEST(client.post("/large", "text/plain", "12345").status == 200U);
  test_request chunked{"/usual", "POST"};
  chunked.body = {"123", "45"};
  BOOST_TEST(client.send(chunked).status == 413U);
  BOOST_TEST(client.get("/" + std::string(10'000, 'a')).status == 414U);
  BOOST_TEST(client.send_bytes("POST /usual HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab").status == 400U);
  BOOST_TEST(client.get("/slow").status == 503U);
}

BOOST_AUTO_TEST_CASE(time_is_what_the_test_says) {
  const cookie_signer signer{{std::string(32, 'k')}};
  router routes;
  routes.get("/login", [&](request& req) {
    response answer;
    add_cookie(answer, set_cookie{"id", signer.seal("id", "ann", req.now() + 1h)});
    return answer;
  });
  routes.get("/", [&](request& req) { return response::text(signer.open(req, "id").value_or("nobody")); });
  routes.get("/sleep", [](request& req) -> task<response> {
    const auto before = req.steady_now();
    co_await sleep_for(10min);
    co_return response::text(req.steady_now() - before == 10min ? "slept" : "not slept");
  });
  test_client client{std::move(routes)};
  client.set_time(std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s);
  const test_reply login = client.get("/login");
  BOOST_TEST(text_of(login.field("Date")) == "Sun, 06 Nov 1994 08:49:37 GMT");
  const std::string cookie = login.field("Set-Cookie").value();
  const auto who = [&] {
    return client.send(test_request{"/"}.field("Cookie", cookie.substr(0, cookie.find(';')))).body;
  };
  BOOST_TEST(who() == "ann");
  client.advance(59min);
  BOOST_TEST(who() == "ann");
  BOOST_TEST(client.get("/sleep").body == "slept");
  BOOST_TEST(who() == "nobody");
}

BOOST_AUTO_TEST_CASE(a_streamed_answer_that_fails_is_seen_to_be_cut) {
  router routes;
  const auto fail = [](bool flush) {
    return [flush](request&) {
      return response::stream("text/plain", [flush](body_writer& out) -> task<void> {
        co_await out.write("some");
        if (flush) co_await out.flush();
        throw std::runtime_error{"no more"};
      });
    };
  };
  routes.get("/late", fail(true)).get("/early", fail(false));
  routes.get("/endless", [](request&) {
    return response::stream("text/plain", [](body_writer& out) -> task<void> {
      while (co_await out.wait(10s)) co_await out.write("tick ");
    });
  });
  test_client client{std::move(routes)};
  const test_reply late = client.get("/late");
  BOOST_TEST(late.cut);
  BOOST_TEST(late.body == "some");
  BOOST_TEST(client.get("/early").status == 500U);
  test_request endless{"/endless"};
  endless.stream_for = 35s;
  BOOST_TEST(client.send(endless).body == "tick tick tick ");
}

BOOST_AUTO_TEST_CASE(background_tasks_are_run_when_the_test_asks_for_it) {
  router routes;
  int done = 0;
  routes.get("/", [&done](request& req) {
    background(req, [&done]() -> task<void> {
      co_await sleep_for(24h);
      ++done;
    });
    return response::text(req.connection().peer() + " " + req.client().to_string());
  });
  test_client client{std::move(routes)};
  client.peer("198.51.100.7:9");
  BOOST_TEST(client.get("/").body == "198.51.100.7:9 198.51.100.7:9");
  BOOST_CHECK_THROW(client.peer("nowhere"), std::invalid_argument);
  BOOST_TEST(done == 0);
  BOOST_TEST(client.finish_background() == 0U);
  BOOST_TEST(done == 1);
  BOOST_TEST(client.get("/").status == 200U);  // ends with the client
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
