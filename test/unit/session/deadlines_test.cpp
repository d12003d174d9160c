// Deadlines and drains by the worker's own clock, which the test moves on by hand where nobody should
// have to wait for it: what is too slow, and what is only late because the worker was.
#include <string>

#include <boost/test/unit_test.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view get_plain = "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n";

router routes() {
  router result;
  result.get("/plain", [](request&) { return response::text(literal{"plain"}); });
  result.post("/collected", [](request& req) { return response::text(std::to_string(req.body().size())); });
  result.post("/streamed", [](request&, body_stream& body) -> task<response> {
    std::size_t size = 0;
    for (;;) {
      const std::string_view piece = co_await body.read();
      if (piece.empty()) break;
      size += piece.size();
    }
    co_return response::text(std::to_string(size));
  });
  return result;
}

struct fixture {
  options settings;

  bool await(hand_run_worker& worker, pair_client& client, std::string_view text) {
    return worker.run_until([&] {
      client.take();
      return client.received.find(text) != std::string::npos;
    });
  }
  void let(hand_run_worker& worker) {
    worker.context.io().restart();
    worker.context.io().poll();
  }
  // A body of which `piece` comes every tick: after how many ticks there was an answer, 0 if there was none.
  int ticks_to_an_answer(const std::string& path, std::string_view piece, int most, std::string& answer) {
    hand_run_worker worker{settings, routes()};
    pair_client client = worker.connect();
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    let(worker);
    for (int i = 1; i <= most; ++i) {
      net::timer_wheel& wheel = worker.context.wheel();
      wheel.advance(wheel.now() + net::timer_wheel::tick);
      client.send(piece);
      let(worker);
      client.take();
      if (!client.received.empty()) {
        answer = client.received;
        return i;
      }
    }
    return 0;
  }
};

// The worker does not run for so long, as if a handler blocked it.
void stall(milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  BOOST_REQUIRE(test::eventually(test::patience, [&] { return std::chrono::steady_clock::now() >= until; }));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_deadlines, fixture)

// Each byte comes before the deadline that the byte before it has armed, so that none ever passes.
BOOST_AUTO_TEST_CASE(a_byte_every_tick_is_refused_with_408_once_the_grace_is_over) {
  constexpr int grace = body_reader::rate_grace / net::timer_wheel::tick;
  for (const std::string path : {"/collected", "/streamed"}) {
    std::string answer;
    const int ticks = ticks_to_an_answer(path, "x", 2 * grace, answer);
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(ticks >= grace);
      BOOST_TEST(ticks <= grace + 2);
      BOOST_TEST(answer.starts_with("HTTP/1.1 408 "), answer);
    }
  }
}

BOOST_AUTO_TEST_CASE(twice_the_lowest_rate_is_never_refused) {
  const std::string piece(2 * settings.timeouts.body_rate / 10, 'x');
  for (const std::string path : {"/collected", "/streamed"}) {
    std::string answer;
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(ticks_to_an_answer(path, piece, 200, answer) == 0, answer);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_time_in_which_the_worker_did_not_run_brings_no_deadline_nearer) {
  settings.timeouts.head = milliseconds{900};
  hand_run_worker worker{settings, routes()};
  pair_client late = worker.connect();
  pair_client never = worker.connect();
  late.send(get_plain.substr(0, 10));
  never.send(get_plain.substr(0, 10));
  let(worker);
  stall(milliseconds{1'500});
  BOOST_TEST(worker.run_for(milliseconds{200}));  // several ticks have passed since, and nobody was refused
  late.take();
  BOOST_TEST(late.received.empty(), late.received);
  late.send(get_plain.substr(10));
  BOOST_TEST(await(worker, late, "\r\n\r\nplain"), late.received);
  BOOST_TEST(await(worker, never, "HTTP/1.1 408 "), never.received);  // and the clock goes on
}

BOOST_AUTO_TEST_CASE(a_connection_that_never_spoke_lingers_in_a_drain_like_an_idle_one) {
  settings.drain.fresh = milliseconds{200};
  settings.drain.linger = seconds{60};
  hand_run_worker worker{settings, routes()};
  pair_client old = worker.connect();
  BOOST_TEST(worker.run_for(milliseconds{400}));
  pair_client young = worker.connect();
  bool empty = false;
  worker.context.drain(fsm::drain_manner::linger_idle, [&] { empty = true; });
  BOOST_TEST(worker.run_for(milliseconds{500}));  // the young one has grown older than `drain.fresh`, too
  for (pair_client* const client : {&old, &young}) {
    client->take();
    BOOST_TEST(!client->ended());
    client->send(get_plain);
    BOOST_TEST(await(worker, *client, "\r\n\r\nplain"));
    BOOST_TEST(count_of(client->received, "Connection: close\r\n") == 1U);
    client->close();
  }
  BOOST_TEST(worker.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_CASE(a_connection_that_never_spoke_is_closed_when_the_lingering_is_over) {
  settings.drain.fresh = milliseconds{100};
  settings.drain.linger = milliseconds{300};
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  BOOST_TEST(worker.run_for(milliseconds{300}));
  bool empty = false;
  worker.context.drain(fsm::drain_manner::linger_idle, [&] { empty = true; });
  BOOST_TEST(worker.run_until([&] { return empty; }));
  client.take();
  BOOST_TEST(client.ended());
  BOOST_TEST(client.received.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
