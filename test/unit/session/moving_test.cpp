// Connections that move: two workers, each standing for a process, and the client at the other end of the
// socket, who must see one connection.
#include <chrono>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;
using fsm::drain_manner;
using net::moving_connection;
using net::moving_stage;

router named(std::string name, bool* door = nullptr) {
  router routes;
  routes.get("/who", [name](request&) { return response::text(name); });
  routes.post("/echo", [](request& req) { return response::text(std::string{req.body()}); });
  routes.get("/door", [door](request&) -> task<response> {
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
    while (!*door) {
      timer.expires_after(1ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return response::text("through");
  });
  return routes;
}

options quick() {
  options settings;
  settings.timeouts.linger_close = 100ms;
  return settings;
}

struct two_processes {
  bool door = false;
  options settings = quick();
  hand_run_worker old{settings, named("old", &door)};
  hand_run_worker next{settings, named("next")};
  std::vector<moving_connection> on_the_way;
  int emptied = 0;

  two_processes() {
    old.server.on_departure = [this](worker_context&, std::vector<moving_connection> leaving) {
      for (moving_connection& each : leaving) on_the_way.push_back(std::move(each));
    };
  }

  void drain(drain_manner manner = drain_manner::transfer_idle) {
    old.context.drain(manner, [this] { ++emptied; });
  }
  bool departs(std::size_t count) {
    return old.run_until([&] { return on_the_way.size() >= count; });
  }
  // All that is on its way arrives.
  void arrive() {
    std::vector<peer_key> gone;
    for (moving_connection& each : on_the_way) {
      gone.push_back(peer_of(each));
      BOOST_REQUIRE((next.server.budget.enter(gone.back()) == connection_budget::verdict::admitted));
      next.context.adopt(std::move(each));
    }
    on_the_way.clear();
    old.context.settle(gone, {});
  }
  bool answers(hand_run_worker& by, pair_client& client, std::string_view text) {
    return by.run_until([&] {
      client.take();
      return client.received.ends_with(text);
    });
  }
};

constexpr std::string_view who = "GET /who HTTP/1.1\r\nHost: x\r\n\r\n";

// Waits until the worker has read what was sent to it.
bool reads(hand_run_worker& worker, connection_state state) {
  return worker.run_until([&] { return worker.context.registry().count(state) == 1; });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(moving_connections, two_processes)

BOOST_AUTO_TEST_CASE(an_idle_connection_is_answered_by_the_next_process) {
  pair_client client = old.connect();
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  drain();
  BOOST_REQUIRE(departs(1));
  BOOST_TEST((on_the_way.front().stage == moving_stage::idle));
  BOOST_TEST(on_the_way.front().requests == 1U);
  arrive();
  client.send(who);
  BOOST_TEST(answers(next, client, "next"));
  BOOST_TEST(client.received.find("Connection: close") == std::string::npos);
  BOOST_TEST(!client.ended());
}

BOOST_AUTO_TEST_CASE(a_fresh_connection_moves_too) {
  pair_client client = old.connect();
  drain();
  BOOST_REQUIRE(departs(1));
  BOOST_TEST((on_the_way.front().stage == moving_stage::fresh));
  arrive();
  client.send(who);
  BOOST_TEST(answers(next, client, "next"));
}

BOOST_AUTO_TEST_CASE(many_connections_are_told_in_turns_and_all_of_them_move) {
  constexpr std::size_t many = 700;
  std::vector<pair_client> clients;
  for (std::size_t i = 0; i < many; ++i) clients.push_back(old.connect());
  drain();
  old.context.io().restart();
  old.context.io().poll_one();
  BOOST_TEST(on_the_way.size() < many);
  clients.push_back(old.connect());  // while some have not been told
  clients.erase(clients.begin() + many / 2);
  BOOST_REQUIRE(old.run_until([&] { return old.context.registry().counts().open() == 0; }));
  BOOST_TEST(on_the_way.size() >= clients.size());  // the one that has gone may be among them
  arrive();
  BOOST_TEST(old.run_until([&] { return emptied == 1; }));
  for (pair_client& each : clients) {
    each.send(who);
    BOOST_REQUIRE(answers(next, each, "next"));
  }
}

BOOST_AUTO_TEST_CASE(half_a_head_travels_along_and_the_rest_is_read_by_the_next_process) {
  for (std::size_t half = 1; half < who.size(); ++half) {
    two_processes pair;
    pair_client client = pair.old.connect();
    client.send(who.substr(0, half));
    BOOST_REQUIRE(reads(pair.old, connection_state::active));
    pair.drain();
    BOOST_REQUIRE(pair.departs(1));
    BOOST_TEST((pair.on_the_way.front().stage == moving_stage::head));
    BOOST_TEST(pair.on_the_way.front().bytes == who.substr(0, half));
    pair.arrive();
    client.send(who.substr(half));
    BOOST_TEST(pair.answers(pair.next, client, "next"), half);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_come_while_it_is_on_its_way_wait_for_the_next_process) {
  pair_client client = old.connect();
  drain();
  BOOST_REQUIRE(departs(1));
  client.send(who);
  arrive();
  BOOST_TEST(answers(next, client, "next"));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_here_already_is_answered_here_and_the_connection_follows) {
  pair_client client = old.connect();
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  client.send(who);
  drain();  // before the worker has looked
  BOOST_REQUIRE(departs(1));
  client.take();
  const bool answered_here = count_of(client.received, "old") == 2;
  arrive();
  client.send(who);
  BOOST_TEST(answers(next, client, "next"));
  BOOST_TEST(next.run_until([&] {
    client.take();
    return count_of(client.received, "HTTP/1.1 200") == 3;
  }));
  BOOST_TEST(count_of(client.received, "old") == (answered_here ? 2U : 1U));
}

BOOST_AUTO_TEST_CASE(a_busy_connection_follows_when_its_answer_has_left_and_nothing_says_close) {
  pair_client client = old.connect();
  client.send("GET /door HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_REQUIRE(reads(old, connection_state::active));
  drain();
  BOOST_TEST(emptied == 0);
  BOOST_TEST(on_the_way.empty());
  door = true;
  BOOST_REQUIRE(departs(1));
  client.take();
  BOOST_TEST(client.received.ends_with("through"));
  BOOST_TEST(client.received.find("Connection: close") == std::string::npos);
  arrive();
  client.send(who);
  BOOST_TEST(answers(next, client, "next"));
}

BOOST_AUTO_TEST_CASE(a_body_that_is_coming_is_received_where_it_began) {
  pair_client client = old.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
  BOOST_REQUIRE(reads(old, connection_state::active));
  drain();
  client.send("def");
  BOOST_TEST(answers(old, client, "abcdef"));
  BOOST_REQUIRE(departs(1));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_here_and_what_is_half_of_one_travels_along) {
  pair_client client = old.connect();
  client.send(std::string{who} + std::string{who} + std::string{who.substr(0, 10)});
  BOOST_REQUIRE(reads(old, connection_state::active));
  drain();
  BOOST_REQUIRE(departs(1));
  client.take();
  BOOST_TEST(count_of(client.received, "old") == 2U);
  BOOST_TEST(on_the_way.front().bytes == who.substr(0, 10));
  arrive();
  client.send(who.substr(10));
  BOOST_TEST(answers(next, client, "next"));
}

BOOST_AUTO_TEST_CASE(a_drain_ends_when_those_that_left_have_arrived) {
  pair_client client = old.connect();
  drain();
  BOOST_REQUIRE(departs(1));
  old.run_for(200ms);
  BOOST_TEST(emptied == 0);
  BOOST_TEST(old.server.budget.count() == 1U);
  arrive();
  BOOST_TEST(emptied == 1);
  BOOST_TEST(old.server.budget.count() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_has_left_is_counted_in_no_state_and_its_hook_hears_that_it_is_closed) {
  std::vector<connection_state> seen;
  old.server.state_hook = [&](const connection_info&, connection_state state) { seen.push_back(state); };
  pair_client client = old.connect();
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  drain();
  BOOST_REQUIRE(departs(1));
  BOOST_TEST(old.context.registry().count(connection_state::idle) == 0U);
  BOOST_TEST((seen.back() == connection_state::closed));
  old.context.settle({}, std::exchange(on_the_way, {}));
  BOOST_TEST(old.context.registry().count(connection_state::idle) == 1U);
  client.close();
  BOOST_TEST(old.run_until([&] { return emptied == 1; }));
}

BOOST_AUTO_TEST_CASE(one_that_is_refused_comes_back_and_lingers) {
  pair_client client = old.connect();
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  drain();
  BOOST_REQUIRE(departs(1));
  old.context.settle({}, std::exchange(on_the_way, {}));
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  BOOST_TEST(count_of(client.received, "Connection: close") == 1U);
  BOOST_TEST(on_the_way.empty());
  BOOST_TEST(old.run_until([&] {
    client.take();
    client.close();
    return emptied == 1;
  }));
}

BOOST_AUTO_TEST_CASE(when_the_drain_is_called_off_those_that_come_back_serve_on_as_ever) {
  pair_client moved = old.connect();
  drain();
  BOOST_REQUIRE(departs(1));
  pair_client late = old.connect();
  old.context.undrain();
  old.context.settle({}, std::exchange(on_the_way, {}));
  for (pair_client* const client : {&moved, &late}) {
    client->send(who);
    BOOST_TEST(answers(old, *client, "old"));
    BOOST_TEST(client->received.find("Connection: close") == std::string::npos);
  }
  BOOST_TEST(emptied == 0);
  drain();
  BOOST_REQUIRE(departs(2));
  arrive();
  BOOST_TEST(emptied == 1);
}

BOOST_AUTO_TEST_CASE(the_time_out_of_a_head_goes_on_in_the_next_process) {
  pair_client client = old.connect();
  client.send("GET /");
  BOOST_REQUIRE(reads(old, connection_state::active));
  drain();
  BOOST_REQUIRE(departs(1));
  on_the_way.front().waited = settings.timeouts.head - 200ms;
  arrive();
  BOOST_TEST(next.run_until([&] {
    client.take();
    return client.received.starts_with("HTTP/1.1 408");
  }));
}

BOOST_AUTO_TEST_CASE(the_idle_time_out_goes_on_in_the_next_process) {
  pair_client client = old.connect();
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  drain();
  BOOST_REQUIRE(departs(1));
  on_the_way.front().waited = settings.timeouts.idle - 200ms;
  arrive();
  BOOST_TEST(next.run_until([&] {
    client.take();
    return client.ended();
  }));
}

BOOST_AUTO_TEST_CASE(a_head_too_long_to_travel_stays_and_is_answered_here) {
  settings.limits.head = 64 * 1024;
  hand_run_worker roomy{settings, named("old")};
  roomy.server.on_departure = [this](worker_context&, std::vector<moving_connection> leaving) {
    for (moving_connection& each : leaving) on_the_way.push_back(std::move(each));
  };
  pair_client client = roomy.connect();
  const std::string long_field = "X-Long: " + std::string(net::max_moving_bytes, 'x');
  client.send("GET /who HTTP/1.1\r\nHost: x\r\n" + long_field);
  BOOST_REQUIRE(reads(roomy, connection_state::active));
  roomy.run_for(200ms);
  roomy.context.drain(drain_manner::transfer_idle, [this] { ++emptied; });
  roomy.run_for(200ms);
  BOOST_TEST(on_the_way.empty());
  client.send("\r\n\r\n");
  BOOST_TEST(answers(roomy, client, "old"));
  BOOST_TEST(client.received.find("Connection: close") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_parked_connection_moves_and_needs_no_workspace_on_either_side) {
  pair_client client = old.connect();
  client.send(who);
  BOOST_TEST(answers(old, client, "old"));
  BOOST_TEST(old.run_for(2500ms));  // by then it has given its buffers back
  drain();
  BOOST_REQUIRE(departs(1));
  BOOST_TEST(on_the_way.front().bytes.empty());
  arrive();
  client.send(who);
  BOOST_TEST(answers(next, client, "next"));
}

BOOST_AUTO_TEST_CASE(one_that_the_client_closes_meanwhile_ends_in_the_next_process) {
  pair_client client = old.connect();
  drain();
  BOOST_REQUIRE(departs(1));
  client.close();
  arrive();
  BOOST_TEST(next.run_until([&] { return next.server.budget.count() == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
