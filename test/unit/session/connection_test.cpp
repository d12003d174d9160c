// What a connection does in the moments that are hard to hit from outside: the worker's loop is run by
// the test, so that bytes arrive exactly when it says.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using std::chrono::milliseconds;

router routes() {
  router result;
  result.get("/size/{n}", [](request& req) { return response::text(std::string(req.param<std::size_t>("n"), 'x')); });
  result.get("/plain", [](request&) { return response::text(literal{"plain"}); });
  result.post("/echo", [](request& req) {
    return response::text(std::string{req.path()} + "|" + std::string{req.get("X-Mark").value_or("?")} + "|" +
                          std::string{req.body()});
  });
  result.post("/stream", [](request& req, body_stream& body) -> task<response> {
    std::string text;
    for (;;) {
      const std::string_view piece = co_await body.read();
      if (piece.empty()) break;
      text += piece;
    }
    co_return response::text(std::string{req.get("X-Mark").value_or("?")} + "|" + text);
  });
  return result;
}

// A coroutine whose client is always as fast as it is, because it moves the client's bytes itself.
struct greedy {
  static constexpr std::size_t pieces = 256;
  static constexpr std::size_t piece = 64 * 1024;

  pair_client* client = nullptr;
  pair_client* other = nullptr;  // asks when the first piece has been moved
  std::size_t done = 0;
  std::size_t seen = 0;  // how far it was when that one was served

  void moved() {
    if (done++ == 0) other->send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  router routes() {
    router result;
    result.get("/other", [this](request&) {
      seen = done;
      return response::text(literal{"other"});
    });
    result.get("/down", [this](request&) {
      return response::stream("text/plain", [this](body_writer& out) -> task<void> {
        const std::string text(piece, 'x');
        while (done != pieces) {
          co_await out.write(text);
          client->take();
          moved();
        }
      });
    });
    result.post("/up", [this](request&, body_stream& body) -> task<response> {
      const std::string text(piece, 'x');
      do {
        client->send_if_open(text);
        moved();
      } while (!(co_await body.read()).empty());
      co_return response::text(literal{"read"});
    });
    return result;
  }
};

struct fixture {
  options settings;

  bool await(hand_run_worker& worker, pair_client& client, std::string_view text, std::size_t times = 1) {
    return worker.run_until([&] {
      client.take();
      return count_of(client.received, text) >= times;
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_moments, fixture)

BOOST_AUTO_TEST_CASE(requests_are_answered_byte_by_byte_too) {
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  const std::string request = "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n";
  for (int round = 0; round < 3; ++round) {
    for (const char c : request) {
      client.send(std::string_view{&c, 1});
      worker.context.io().poll();
    }
  }
  BOOST_TEST(await(worker, client, "\r\n\r\nplain", 3));
}

// The head of the second request is parsed while the first answer waits to leave; its body comes later
// and must not take the place of the head.
BOOST_AUTO_TEST_CASE(a_pipelined_head_stays_whole_while_its_body_comes_later) {
  for (const std::string path : {"/echo", "/stream"}) {
    hand_run_worker worker{settings, routes()};
    pair_client client = worker.connect();
    client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\nPOST " + path +
                " HTTP/1.1\r\nHost: a\r\nX-Mark: kept\r\nTransfer-Encoding: chunked\r\n\r\n");
    BOOST_TEST(await(worker, client, "plain"));
    const std::string piece(500, 'y');
    std::string all;
    for (int i = 0; i < 30; ++i) {
      client.send("1f4\r\n" + piece + "\r\n");
      worker.context.io().poll();
      all += piece;
    }
    client.send("0\r\n\r\n");
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(await(worker, client, "kept|" + all));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_request_behind_a_body_is_answered) {
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  std::string bytes;
  for (const std::string path : {"/echo", "/stream"}) {
    bytes += "POST " + path + " HTTP/1.1\r\nHost: a\r\nX-Mark: m\r\nContent-Length: 5\r\n\r\nhello";
    bytes += "POST " + path +
             " HTTP/1.1\r\nHost: a\r\nX-Mark: m\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  }
  client.send(bytes + "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(await(worker, client, "\r\n\r\nplain"), client.received);
  BOOST_TEST(count_of(client.received, "m|hello") == 4U);
}

// The refusal of a late head may have to wait until the client has read what came before. A head that
// is completed meanwhile comes too late and must not be served behind the refusal.
BOOST_AUTO_TEST_CASE(nothing_is_served_behind_a_refusal_that_waits_to_leave) {
  settings.timeouts.head = milliseconds{200};
  hand_run_worker worker{settings, routes()};
  std::vector<pair_client> clients;
  for (int size = 100; size <= 6'000; size += 100) {
    clients.push_back(worker.connect(1));
    clients.back().send("GET /size/" + std::to_string(size) + " HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\n");
  }
  BOOST_TEST(worker.run_for(milliseconds{600}));
  for (const pair_client& client : clients) client.send("Host: a\r\n\r\n");
  worker.context.io().poll();
  for (pair_client& client : clients) {
    BOOST_TEST(worker.run_until([&] {
      client.take();
      return client.ended() || client.received.ends_with("plain");
    }));
    // Where the first answer itself had to wait, the second request was not late.
    const bool refused = client.received.find("HTTP/1.1 408 ") != std::string::npos;
    BOOST_TEST(count_of(client.received, "HTTP/1.1 200 ") == (refused ? 1U : 2U));
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_trickles_in_arrives_whole) {
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  std::string body;
  for (int i = 0; body.size() < 150'000; ++i) body += std::to_string(i) + ' ';
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  worker.context.io().poll();
  const std::string_view all = body;
  std::size_t size = 1;
  for (std::size_t at = 0; at < all.size(); at += size, size = at % 9'000 + 1) {
    client.send(all.substr(at, size));
    worker.context.io().restart();
    worker.context.io().poll();
  }
  BOOST_TEST(worker.run_until([&] {
    client.take();
    return client.received.size() > body.size() && client.received.ends_with("|" + body);
  }));
}

BOOST_AUTO_TEST_CASE(a_fast_upload_lets_others_have_their_turn) {
  greedy hog;
  settings.limits.body = 0;
  hand_run_worker worker{settings, hog.routes()};
  pair_client client = worker.connect();
  pair_client other = worker.connect();
  hog.client = &client;
  hog.other = &other;
  worker.context.io().poll();
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(greedy::pieces * greedy::piece) +
              "\r\n\r\n");
  BOOST_TEST(await(worker, client, "read"));
  BOOST_TEST(await(worker, other, "other"));
  BOOST_TEST(hog.seen < hog.done / 2);
}

BOOST_AUTO_TEST_CASE(a_fast_download_lets_others_have_their_turn) {
  greedy hog;
  hand_run_worker worker{settings, hog.routes()};
  pair_client client = worker.connect();
  pair_client other = worker.connect();
  hog.client = &client;
  hog.other = &other;
  worker.context.io().poll();
  client.send("GET /down HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(await(worker, client, "0\r\n\r\n"));
  BOOST_TEST(await(worker, other, "other"));
  BOOST_TEST(hog.seen < hog.done / 2);
}

BOOST_AUTO_TEST_CASE(a_silent_connection_gives_its_buffers_back_and_still_answers) {
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(await(worker, client, "plain"));
  BOOST_TEST(worker.run_for(milliseconds{2'500}));
  const auto spare = worker.context.workspaces().take();
  BOOST_TEST(spare->in.capacity() != 0U);  // it has been used before
  client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(await(worker, client, "plain", 2));
}

BOOST_AUTO_TEST_CASE(of_many_connections_only_so_many_keep_their_buffers_while_they_wait) {
  hand_run_worker worker{settings, routes()};
  std::vector<pair_client> clients;
  for (std::size_t i = 0; i < workspace_pool::kept + 50; ++i) clients.push_back(worker.connect());
  for (std::size_t round = 1; round <= 2; ++round) {
    for (pair_client& each : clients) each.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    for (pair_client& each : clients) BOOST_REQUIRE(await(worker, each, "plain", round));
    BOOST_TEST(worker.context.workspaces().taken() < workspace_pool::kept);
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_cannot_be_taken_in_gives_its_place_back) {
  hand_run_worker worker{settings, routes()};
  BOOST_TEST((worker.server.budget.enter({}) == connection_budget::verdict::admitted));
  BOOST_CHECK_NO_THROW(worker.context.enter(os::unique_fd{}, AF_UNIX, {}));
  BOOST_TEST(worker.server.budget.count() == 0U);
  BOOST_TEST(worker.context.registry().empty());
}

BOOST_AUTO_TEST_CASE(a_worker_may_end_while_requests_are_half_done) {
  hand_run_worker worker{settings, routes()};
  pair_client silent = worker.connect();
  pair_client half = worker.connect();
  half.send("GET /pl");
  pair_client streaming = worker.connect();
  streaming.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  worker.context.io().poll();
  BOOST_TEST(worker.server.budget.count() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(connection_drains, fixture)

BOOST_AUTO_TEST_CASE(a_drain_of_a_worker_without_connections_is_over_at_once) {
  hand_run_worker worker{settings, routes()};
  bool empty = false;
  worker.context.drain(fsm::drain_manner::close_idle, [&] { empty = true; });
  BOOST_TEST(empty);
}

BOOST_AUTO_TEST_CASE(bytes_in_the_kernel_when_a_drain_begins_are_served) {
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(await(worker, client, "plain"));
  client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  bool empty = false;
  worker.context.drain(fsm::drain_manner::close_idle, [&] { empty = true; });
  BOOST_TEST(!empty);
  BOOST_TEST(await(worker, client, "plain", 2));
  BOOST_TEST(count_of(client.received, "Connection: close\r\n") == 1U);
  client.close();
  BOOST_TEST(worker.run_until([&] { return empty; }));
  BOOST_TEST(worker.server.budget.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_connection_taken_in_after_a_quiet_time_is_young_in_a_drain) {
  settings.drain.fresh = milliseconds{400};
  hand_run_worker worker{settings, routes()};
  // A worker without connections has no clock running.
  const auto quiet_until = std::chrono::steady_clock::now() + milliseconds{500};
  BOOST_TEST(worker.run_until([&] { return std::chrono::steady_clock::now() >= quiet_until; }));
  pair_client client = worker.connect();
  worker.context.drain(fsm::drain_manner::close_idle, [] {});
  worker.context.io().poll();
  client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(await(worker, client, "plain"));
  BOOST_TEST(count_of(client.received, "Connection: close\r\n") == 1U);
}

BOOST_AUTO_TEST_CASE(closing_all_ends_every_connection_whatever_it_does) {
  hand_run_worker worker{settings, routes()};
  pair_client silent = worker.connect();
  pair_client half = worker.connect();
  half.send("GET /pl");
  pair_client streaming = worker.connect();
  streaming.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  worker.context.io().poll();
  boost::asio::post(worker.context.io(), [&] { worker.context.registry().close_all(); });
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
  for (pair_client* const client : {&silent, &half, &streaming}) {
    client->take();
    BOOST_TEST(client->ended());
    BOOST_TEST(client->received.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
