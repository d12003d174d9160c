// shutdown(): what is under way finishes, what is idle goes, and nothing that has arrived is lost.
#include <stdexcept>
#include <thread>

#include "unit/server/running_server.hpp"

namespace baton {
namespace {

router doors(door& d) {
  router routes = hello();
  routes.get("/door", [&d](request&) -> task<response> {
    co_await d.pass();
    co_return response::text("through");
  });
  return routes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_shutdown)

BOOST_AUTO_TEST_CASE(a_request_in_flight_completes_and_its_answer_says_close) {
  door d;
  running_server s{doors(d)};
  raw_client client{s.where()};
  client.send(get_text("/door"));
  BOOST_TEST(d.await(1));
  auto drain = s.shutting_down();
  BOOST_TEST((drain.wait_for(0ms) == std::future_status::timeout));
  d.open();
  const test::reply answer = client.read();
  BOOST_TEST(answer.body == "through");
  BOOST_TEST(answer.closes());
  BOOST_TEST((client.await_end() == test::ending::fin));
  const drain_result result = result_of(drain);
  BOOST_TEST(result.left == 0U);
  BOOST_TEST(!result.timed_out);
  BOOST_TEST(s->connections() == 0U);
}

BOOST_AUTO_TEST_CASE(idle_connections_close_at_once) {
  running_server s{hello()};
  raw_client first{s.where()};
  raw_client second{s.where()};
  BOOST_TEST(first.get("/hello").status == 200);
  BOOST_TEST(second.get("/hello").status == 200);
  BOOST_TEST(s.await_now(connection_state::idle, 2));
  BOOST_TEST(s->shutdown(patience).left == 0U);
  BOOST_TEST((first.await_end() == test::ending::fin));
  BOOST_TEST((second.await_end() == test::ending::fin));
}

BOOST_AUTO_TEST_CASE(a_silent_fresh_connection_is_given_its_time_and_no_more) {
  options settings = on_any_port();
  settings.drain.fresh = 400ms;
  running_server s{hello(), settings};
  const auto began = std::chrono::steady_clock::now();
  raw_client client{s.where()};
  BOOST_TEST(s.await({connection_state::fresh}));
  BOOST_TEST(s->shutdown(patience).left == 0U);
  const auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST((took >= 300ms));  // the server's clock has ticks of 100 ms
  BOOST_TEST((client.await_end() == test::ending::fin));
}

BOOST_AUTO_TEST_CASE(a_fresh_connection_that_speaks_in_time_is_served) {
  running_server s{hello()};
  raw_client client{s.where()};
  BOOST_TEST(s.await({connection_state::fresh}));
  auto drain = s.shutting_down();
  const test::reply answer = client.get("/hello");
  BOOST_TEST(answer.body == "hello");
  BOOST_TEST(answer.closes());
  BOOST_TEST(result_of(drain).left == 0U);
}

BOOST_AUTO_TEST_CASE(a_passed_deadline_reports_what_is_left_and_kills_nothing) {
  door d;
  running_server s{doors(d)};
  raw_client client{s.where()};
  client.send(get_text("/door"));
  BOOST_TEST(d.await(1));
  const drain_result first = s->shutdown(50ms);
  BOOST_TEST(first.timed_out);
  BOOST_TEST(first.left == 1U);
  auto again = s.shutting_down();
  d.open();
  BOOST_TEST(client.read().body == "through");
  const drain_result second = result_of(again);
  BOOST_TEST(!second.timed_out);
  BOOST_TEST(second.left == 0U);
}

BOOST_AUTO_TEST_CASE(shutdown_and_close_are_safe_from_several_threads_at_once) {
  for (int round = 0; round < 10; ++round) {
    running_server s{hello()};
    raw_client client{s.where()};
    BOOST_TEST(client.get("/hello").status == 200);
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&s, i] {
        if (i % 3 == 2) {
          s->close();
        } else {
          static_cast<void>(s->shutdown(patience));
        }
      });
    }
    for (std::thread& each : threads) each.join();
    BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
    BOOST_TEST(s.drains() <= 1);
    BOOST_TEST(s.refuses());
  }
}

BOOST_AUTO_TEST_CASE(a_second_shutdown_finds_everything_done) {
  running_server s{hello()};
  BOOST_TEST(s->shutdown(patience).left == 0U);
  BOOST_TEST(s->shutdown(patience).left == 0U);
  s->close();
  s->close();
  BOOST_TEST(s.drains() == 1);
}

BOOST_AUTO_TEST_CASE(shutdown_after_close_returns_at_once) {
  door d;
  running_server s{doors(d)};
  raw_client client{s.where()};
  client.send(get_text("/door"));
  BOOST_TEST(d.await(1));
  s->close();
  BOOST_TEST(!s->shutdown(0ms).timed_out);
  BOOST_TEST(s.drains() == 0);
}

BOOST_AUTO_TEST_CASE(a_shutdown_with_the_longest_deadline_waits) {
  door d;
  running_server s{doors(d)};
  raw_client client{s.where()};
  client.send(get_text("/door"));
  BOOST_TEST(d.await(1));
  auto drain = s.shutting_down(std::chrono::milliseconds::max());
  BOOST_TEST((drain.wait_for(50ms) == std::future_status::timeout));
  d.open();
  BOOST_TEST(!result_of(drain).timed_out);
}

// The only worker is kept busy, so that the connection waits in the kernel's queue when the drain begins.
BOOST_AUTO_TEST_CASE(a_connection_that_the_kernel_accepted_before_is_served) {
  std::promise<void> entered;
  std::promise<void> leave;
  router routes = hello();
  routes.get("/busy", [&, door = leave.get_future().share()](request&) {
    entered.set_value();
    door.wait();
    return response::text("done");
  });
  options settings = on_any_port();
  settings.threads = 1;
  running_server s{std::move(routes), settings};
  raw_client busy{s.where()};
  busy.send(get_text("/busy"));
  entered.get_future().wait();
  raw_client early{s.where()};
  early.send(get_text("/hello"));
  auto drain = std::async(std::launch::async, [&] { return s->shutdown(0ms); });
  BOOST_TEST(eventually(patience, [&] { return s.drains() == 1; }));
  leave.set_value();
  BOOST_TEST(busy.read().body == "done");
  const test::reply answer = early.read();
  BOOST_TEST(answer.body == "hello");
  BOOST_TEST(answer.closes());
  BOOST_TEST(result_of(drain).left == 0U);
}

BOOST_AUTO_TEST_CASE(a_half_sent_request_is_answered) {
  running_server s{hello()};
  raw_client client{s.where()};
  client.send("GET /hello HT");
  BOOST_TEST(s.await({connection_state::fresh, connection_state::active}));
  auto drain = s.shutting_down();
  client.send("TP/1.1\r\nHost: a\r\n\r\n");
  const test::reply answer = client.read();
  BOOST_TEST(answer.body == "hello");
  BOOST_TEST(answer.closes());
  BOOST_TEST(result_of(drain).left == 0U);
}

BOOST_AUTO_TEST_CASE(a_half_sent_body_is_waited_for) {
  router routes;
  routes.post("/echo", [](request& req) { return response::text(std::string{req.body()}); });
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  BOOST_TEST(s.await({connection_state::fresh, connection_state::active}));
  auto drain = s.shutting_down();
  client.send("cd");
  const test::reply answer = client.read();
  BOOST_TEST(answer.body == "abcd");
  BOOST_TEST(answer.closes());
  BOOST_TEST(result_of(drain).left == 0U);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_all_answered_and_the_last_says_close) {
  door d;
  running_server s{doors(d)};
  raw_client client{s.where()};
  std::string batch = get_text("/door");
  constexpr int behind = 20;
  for (int i = 0; i < behind; ++i) batch += get_text("/hello");
  client.send(batch);
  BOOST_TEST(d.await(1));
  auto drain = s.shutting_down();
  d.open();
  BOOST_TEST(client.read().body == "through");
  for (int i = 1; i <= behind; ++i) {
    const test::reply answer = client.read();
    BOOST_TEST(answer.body == "hello");
    BOOST_TEST(answer.closes() == (i == behind));
  }
  BOOST_TEST((client.await_end() == test::ending::fin));
  BOOST_TEST(result_of(drain).left == 0U);
}

BOOST_AUTO_TEST_CASE(lingering_idle_connections_are_answered_once_more) {
  options settings = on_any_port();
  settings.drain.idle = idle_policy::linger;
  settings.drain.linger = 60s;
  running_server s{hello(), settings};
  raw_client client{s.where()};
  BOOST_TEST(!client.get("/hello").closes());
  BOOST_TEST(s.await_now(connection_state::idle, 1));
  auto drain = s.shutting_down();
  const test::reply answer = client.get("/hello");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.closes());
  BOOST_TEST(result_of(drain).left == 0U);
}

BOOST_AUTO_TEST_CASE(lingering_idle_connections_close_when_their_time_is_over) {
  options settings = on_any_port();
  settings.drain.idle = idle_policy::linger;
  settings.drain.linger = 200ms;
  running_server s{hello(), settings};
  raw_client client{s.where()};
  BOOST_TEST(client.get("/hello").status == 200);
  BOOST_TEST(s.await_now(connection_state::idle, 1));
  BOOST_TEST(s->shutdown(patience).left == 0U);
  BOOST_TEST((client.await_end() == test::ending::fin));
}

BOOST_AUTO_TEST_CASE(the_port_refuses_afterwards_and_can_be_taken_again) {
  options settings = on_any_port();
  running_server first{hello(), settings};
  BOOST_TEST(first->shutdown(patience).left == 0U);
  BOOST_TEST(first.refuses());
  settings.listen = first->addresses();
  running_server second{hello(), settings};
  BOOST_TEST(test::get(second.where(), "/hello").status == 200);
  first->close();
  BOOST_TEST(first->shutdown(patience).left == 0U);
  BOOST_TEST(test::get(second.where(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_drain_hook_that_fails_does_not_stop_the_drain) {
  server s{on_any_port(), hello()};
  s.on_drain([] { throw std::runtime_error{"a hook's own affair"}; });
  s.start();
  drain_result result;
  BOOST_CHECK_NO_THROW(result = s.shutdown(patience));
  BOOST_TEST(!result.timed_out);
}

BOOST_AUTO_TEST_CASE(a_server_that_was_never_started_shuts_down_and_closes) {
  server s{on_any_port(), hello()};
  BOOST_TEST(s.shutdown(patience).left == 0U);
  s.close();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
