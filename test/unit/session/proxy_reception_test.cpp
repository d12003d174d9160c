// Connections that begin with a PROXY header: what they are taken for, and how long they may take.
#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view header = "PROXY TCP4 192.0.2.1 10.0.0.1 56324 80\r\n";
constexpr std::string_view get_client = "GET /client HTTP/1.1\r\nHost: a\r\n\r\n";

options with_limits(std::size_t per_address = 0) {
  options settings;
  settings.limits.connections_per_address = per_address;
  settings.proxies.trusted = {"192.0.2.0/24"};
  return settings;
}

router who_asks() {
  router routes;
  routes.get("/client",
             [](request& req) { return response::text(req.connection().peer() + " " + req.client().to_string()); });
  return routes;
}

/// A connection of a proxy's.
pair_client connect(hand_run_worker& worker) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  connection_origin from;
  from.info.client = *client_address::parse("10.0.0.1:4000");
  from.announced = true;
  BOOST_REQUIRE((worker.server.budget.enter(from.peer) == connection_budget::verdict::admitted));
  worker.context.enter(os::unique_fd{ends[0]}, AF_UNIX, std::move(from));
  return pair_client{os::unique_fd{ends[1]}};
}

bool receives(hand_run_worker& worker, pair_client& client, std::string_view text) {
  return worker.run_until([&] {
    client.take();
    return client.received.find(text) != std::string::npos;
  });
}

bool ends(hand_run_worker& worker, pair_client& client) {
  return worker.run_until([&] {
    client.take();
    return client.ended();
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_reception_suite)

BOOST_AUTO_TEST_CASE(the_client_is_whom_the_header_names) {
  hand_run_worker worker{with_limits(), who_asks()};
  pair_client client = connect(worker);
  client.send(header);
  client.send(get_client);
  BOOST_TEST(receives(worker, client, "192.0.2.1:56324 192.0.2.1:56324"));
  client.send("GET /client HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n");
  BOOST_TEST(receives(worker, client, "192.0.2.1:56324 198.51.100.7"));  // whom it names is trusted in turn
}

BOOST_AUTO_TEST_CASE(a_header_may_come_in_pieces_and_together_with_a_request) {
  hand_run_worker worker{with_limits(), who_asks()};
  pair_client client = connect(worker);
  for (const char c : header.substr(0, header.size() - 1)) {
    client.send({&c, 1});
    worker.context.io().restart();
    worker.context.io().poll();
  }
  BOOST_TEST(worker.context.registry().count(connection_state::fresh) == 0U);
  client.send("\n" + std::string{get_client} + std::string{get_client});
  BOOST_TEST(worker.run_until([&] {
    client.take();
    return count_of(client.received, "192.0.2.1:56324 192.0.2.1:56324") == 2;
  }));
}

BOOST_AUTO_TEST_CASE(who_speaks_for_itself_is_the_client) {
  hand_run_worker worker{with_limits(), who_asks()};
  pair_client client = connect(worker);
  client.send("PROXY UNKNOWN\r\n");
  client.send(get_client);
  BOOST_TEST(receives(worker, client, "10.0.0.1:4000 10.0.0.1:4000"));
}

BOOST_AUTO_TEST_CASE(anything_but_a_header_closes_the_connection) {
  hand_run_worker worker{with_limits(), who_asks()};
  pair_client client = connect(worker);
  client.send(get_client);
  BOOST_TEST(ends(worker, client));
  BOOST_TEST(client.received.empty());
  BOOST_TEST(worker.server.budget.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_header_that_does_not_come_in_time_closes_the_connection) {
  options settings = with_limits();
  settings.timeouts.head = 200ms;
  hand_run_worker worker{settings, who_asks()};
  pair_client silent = connect(worker);
  pair_client slow = connect(worker);
  slow.send("PROXY TCP4");
  BOOST_TEST(ends(worker, silent));
  BOOST_TEST(ends(worker, slow));
  BOOST_TEST(worker.server.budget.count() == 0U);
  BOOST_TEST(worker.context.registry().empty());
}

BOOST_AUTO_TEST_CASE(limits_per_address_count_whom_the_header_names) {
  hand_run_worker worker{with_limits(1), who_asks()};
  pair_client first = connect(worker);
  pair_client second = connect(worker);
  pair_client other = connect(worker);
  first.send(header);
  first.send(get_client);
  BOOST_TEST(receives(worker, first, "192.0.2.1:56324"));
  second.send(header);
  BOOST_TEST(receives(worker, second, "503"));
  BOOST_TEST(ends(worker, second));
  other.send("PROXY TCP4 192.0.2.2 10.0.0.1 56324 80\r\n");
  other.send(get_client);
  BOOST_TEST(receives(worker, other, "192.0.2.2:56324"));
  first.close();
  second.close();
  other.close();
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_a_header_as_for_any_fresh_connection) {
  options settings = with_limits();
  settings.drain.fresh = 200ms;
  hand_run_worker worker{settings, who_asks()};
  pair_client silent = connect(worker);
  pair_client client = connect(worker);
  bool empty = false;
  worker.context.drain(fsm::drain_manner::close_idle, [&] { empty = true; });
  BOOST_TEST(!empty);
  client.send(header);
  client.send(get_client);
  BOOST_TEST(receives(worker, client, "Connection: close"));
  BOOST_TEST(ends(worker, silent));
  client.close();
  BOOST_TEST(worker.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_closed_with_the_others) {
  hand_run_worker worker{with_limits(), who_asks()};
  pair_client client = connect(worker);
  worker.context.close_all();
  BOOST_TEST(ends(worker, client));
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_worker_may_end_while_one_waits) {
  hand_run_worker worker{with_limits(), who_asks()};
  pair_client client = connect(worker);
  client.send("PROXY ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
