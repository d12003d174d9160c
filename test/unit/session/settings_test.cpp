// Settings that change while a worker serves: what has begun keeps its sizes, what begins gets the new ones.
#include <string>

#include <boost/test/unit_test.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view get_plain = "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n";

struct fixture {
  static router routes() {
    router result;
    result.get("/plain", [](request&) { return response::text(literal{"plain"}); });
    result.post("/collected", [](request& req) { return response::text(std::to_string(req.body().size())); });
    return result;
  }
  void apply() { worker.context.apply(worker_settings{settings}); }
  bool await(pair_client& client, std::string_view text) {
    return worker.run_until([&] {
      client.take();
      return client.received.find(text) != std::string::npos;
    });
  }
  void let() {
    worker.context.io().restart();
    worker.context.io().poll();
  }

  options settings;
  hand_run_worker worker{settings, routes()};
};

std::string post(std::size_t length) {
  return "POST /collected HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(worker_settings_change, fixture)

BOOST_AUTO_TEST_CASE(the_next_request_on_the_same_connection_is_judged_by_the_new_limits) {
  pair_client client = worker.connect();
  client.send(post(10) + "0123456789");
  BOOST_TEST(await(client, "200 OK"));
  settings.limits.body = 5;
  apply();
  client.send(post(10));
  BOOST_TEST(await(client, "413 "));
}

BOOST_AUTO_TEST_CASE(a_body_that_has_begun_keeps_its_limit) {
  pair_client client = worker.connect();
  client.send("POST /collected HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
  let();
  settings.limits.body = 5;
  apply();
  client.send("5\r\n56789\r\n0\r\n\r\n");
  BOOST_TEST(await(client, "200 OK"));
}

BOOST_AUTO_TEST_CASE(a_workspace_used_before_takes_trailers_by_the_new_limits) {
  const std::string chunked =
      "POST /collected HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";
  pair_client client = worker.connect();
  client.send(chunked);
  BOOST_TEST(await(client, "200 OK"));
  settings.limits.fields = 2;
  apply();
  client.send(chunked);
  BOOST_TEST(await(client, "431 "));
}

BOOST_AUTO_TEST_CASE(answers_carry_the_new_server_name) {
  pair_client client = worker.connect();
  client.send(get_plain);
  BOOST_TEST(await(client, "Server: Baton\r\n"));
  settings.server_name = "Relay";
  apply();
  client.send(get_plain);
  BOOST_TEST(await(client, "Server: Relay\r\n"));
}

BOOST_AUTO_TEST_CASE(a_shorter_idle_time_ends_a_connection_that_has_waited_longer_than_that) {
  pair_client client = worker.connect();
  client.send(get_plain);
  BOOST_TEST(await(client, "plain"));
  settings.timeouts.idle = 1s;
  apply();
  BOOST_TEST(worker.run_until([&] {
    client.take();
    return client.ended();
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
