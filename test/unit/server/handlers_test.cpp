// What handlers and middleware may do, and what the client sees of it.
#include <stdexcept>

#include "unit/server/running_server.hpp"

namespace baton {

BOOST_AUTO_TEST_SUITE(server_handlers)

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_500_without_its_text_and_the_server_lives) {
  router routes = hello();
  const auto fail = [](request&) -> response { throw std::runtime_error{"secret: the password is xyzzy"}; };
  routes.get("/plain", fail);
  routes.get("/blocking", blocking(fail));
  routes.get("/coroutine", [fail](request& req) -> task<response> { co_return fail(req); });
  routes.get("/int", [](request&) -> response { throw 42; });
  routes.get("/stream", [](request&) {
    return response::stream("text/plain", [](body_writer& out) -> task<void> {
      co_await out.write("not sent yet");
      throw std::runtime_error{"secret: the password is xyzzy"};
    });
  });
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  for (const char* path : {"/plain", "/blocking", "/coroutine", "/int", "/stream"}) {
    BOOST_TEST_CONTEXT(path) {
      const test::reply answer = client.get(path);
      BOOST_TEST(answer.status == 500);
      BOOST_TEST(answer.field("content-type").value_or("") == "application/problem+json");
      BOOST_TEST(answer.body.find("xyzzy") == std::string::npos);
      BOOST_TEST(answer.body.find("not sent yet") == std::string::npos);
      BOOST_TEST(answer.body.find("request_id") != std::string::npos);
    }
  }
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(an_http_error_is_a_problem_document) {
  router routes;
  routes.get("/teapot", [](request&) -> response {
    http_error error{status::conflict, "out_of_stock", "internal words"};
    error.detail("there is none left").set("X-Stock", "0");
    throw error;
  });
  running_server s{std::move(routes)};
  const test::reply answer = test::get(s.where(), "/teapot");
  BOOST_TEST(answer.status == 409);
  BOOST_TEST(answer.field("content-type").value_or("") == "application/problem+json");
  BOOST_TEST(answer.field("x-stock").value_or("") == "0");
  BOOST_TEST(answer.body.find("out_of_stock") != std::string::npos);
  BOOST_TEST(answer.body.find("there is none left") != std::string::npos);
  BOOST_TEST(answer.body.find("internal words") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(middleware_wraps_in_the_order_it_was_added_and_groups_have_their_own) {
  router routes;
  const auto mark = [](std::string name) -> middleware {
    return [name](request& req, next rest) -> task<response> {
      response answer = co_await rest(req);
      const std::string inner{answer.get("X-Way").value_or("handler")};
      answer.set("X-Way", name + "(" + inner + ")");
      co_return answer;
    };
  };
  const auto ok = [](request&) { return response::text("ok"); };
  routes.use(mark("first")).use(mark("second")).get("/outside", ok);
  routes.group("/in", [&](router& inside) { inside.use(mark("group")).get("/side", ok); });
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  BOOST_TEST(client.get("/outside").field("x-way").value_or("") == "first(second(handler))");
  BOOST_TEST(client.get("/in/side").field("x-way").value_or("") == "first(second(group(handler)))");
  const test::reply missing = client.get("/missing");
  BOOST_TEST(missing.status == 404);
  BOOST_TEST(missing.field("x-way").value_or("") == "first(second(handler))");
}

BOOST_AUTO_TEST_CASE(middleware_may_answer_in_the_handlers_place) {
  router routes;
  bool called = false;
  routes.use([](request&, next) -> task<response> { co_return response::problem(status::unauthorized); });
  routes.get("/", [&](request&) {
    called = true;
    return response::text("in");
  });
  running_server s{std::move(routes)};
  BOOST_TEST(test::get(s.where(), "/").status == 401);
  BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(a_full_blocking_pool_answers_503_and_when_to_come_again) {
  std::promise<void> leave;
  std::atomic<int> entered{0};
  router routes = hello();
  routes.get("/blocking", blocking([&, door = leave.get_future().share()](request&) {
               ++entered;
               door.wait();
               return response::text("done");
             }));
  options settings = on_any_port();
  settings.blocking = {.threads = 1, .queue = 0};
  running_server s{std::move(routes), settings};
  raw_client first{s.where()};
  first.send(get_text("/blocking"));
  BOOST_TEST(eventually(patience, [&] { return entered == 1; }));
  raw_client second{s.where()};
  const test::reply refused = second.get("/blocking");
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.field("retry-after").has_value());
  BOOST_TEST(second.get("/hello").status == 200);  // the workers are free
  leave.set_value();
  BOOST_TEST(first.read().body == "done");
  BOOST_TEST(eventually(patience, [&] { return second.get("/blocking").status == 200; }));
}

BOOST_AUTO_TEST_CASE(an_early_401_is_readable_although_the_body_was_never_read) {
  router routes;
  routes.post("/upload",
              [](request&, body_stream&) -> task<response> { co_return response::problem(status::unauthorized); });
  options settings = on_any_port();
  settings.timeouts.linger_close = 30s;
  running_server s{std::move(routes), settings};
  raw_client client{s.where()};
  const std::string body(5 * 1024 * 1024, 'b');
  static_cast<void>(client.try_send(test::post_request("/upload", body)));  // may see the early end
  const test::reply answer = client.read();
  BOOST_TEST(answer.status == 401);
  BOOST_TEST(answer.closes());
  BOOST_TEST((client.end() != test::ending::reset));
}

BOOST_AUTO_TEST_CASE(a_short_body_nobody_read_is_dropped_and_the_connection_kept) {
  router routes = hello();
  routes.post("/upload", [](request&, body_stream&) -> task<response> { co_return response::text("not read"); });
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  client.send(test::post_request("/upload", std::string(100'000, 'b')));
  BOOST_TEST(client.read().body == "not read");
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_100_continue_gets_it_when_the_body_is_read) {
  router routes;
  routes.post("/echo", [](request& req) { return response::text(std::string{req.body()}); });
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  BOOST_TEST(client.read_interim().status == 100);
  client.send("hello");
  BOOST_TEST(client.read().body == "hello");
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_what_was_started_in_the_background_and_stops_the_timers) {
  door gate;
  std::atomic<int> ticks{0};
  router routes = hello();
  routes.get("/start", [&gate](request& req) {
    background(req, [&gate] { return gate.pass(); });
    return response::text("started");
  });
  running_server s{std::move(routes)};
  s->every(1ms, [&ticks] { ++ticks; });
  s->background([&ticks] { ++ticks; });
  BOOST_TEST(test::get(s.where(), "/start").body == "started");
  BOOST_TEST(gate.await(1));
  BOOST_TEST(eventually(patience, [&] { return ticks >= 3; }));
  auto drain = s.shutting_down();
  BOOST_TEST((drain.wait_for(50ms) == std::future_status::timeout));
  gate.open();
  BOOST_TEST(!result_of(drain).timed_out);
  BOOST_CHECK_THROW(s->every(0ms, [] {}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
