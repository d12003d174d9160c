// Streamed answers and tunnels between a slow client, one that goes away, and a drain.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <baton/event_stream.hpp>

#include "base/log.hpp"
#include "support/reply_parser.hpp"
#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view get_it = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view get_with_trailers = "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\n\r\n";

task<void> sleep_for(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, time};
  co_await timer.async_wait(boost::asio::use_awaitable);
}

// Keeps the log's lines while it is there.
class kept_log {
 public:
  kept_log() { log::set_destination(std::make_unique<keeper>(lines_)); }
  kept_log(const kept_log&) = delete;
  kept_log& operator=(const kept_log&) = delete;
  ~kept_log() { log::set_destination(nullptr); }
  [[nodiscard]] const std::string& lines() const noexcept { return lines_; }

 private:
  struct keeper final : log::destination {
    explicit keeper(std::string& to) : lines{to} {}
    bool write(std::string_view line) noexcept override {
      lines += line;
      return true;
    }
    std::string& lines;
  };

  std::string lines_;
};

// Tells when the coroutine frame that holds it has gone.
struct farewell {
  explicit farewell(int& c) : count{c} {}
  farewell(const farewell&) = delete;
  farewell& operator=(const farewell&) = delete;
  ~farewell() { ++count; }
  int& count;
};

struct fixture {
  options settings;
  router routes;
  int gone = 0;
  int begun = 0;
  bool empty = false;

  fixture() { settings.timeouts.linger_close = 300ms; }

  void streams(response::producer body) {
    routes.get("/", [body = std::move(body)](request&) { return response::stream("text/plain", body); });
  }
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
  void drain(hand_run_worker& worker) {
    worker.server.draining = fsm::drain_manner::close_idle;
    worker.context.drain(fsm::drain_manner::close_idle, [this] { empty = true; });
  }
  // The answer that has come, once it is complete.
  test::reply answer(hand_run_worker& worker, pair_client& client) {
    std::optional<test::reply> found;
    BOOST_REQUIRE(worker.run_until([&] {
      client.take();
      test::reply_parser parser;
      parser.feed(client.received);
      found = parser.next();
      return found.has_value();
    }));
    return std::move(*found);
  }
};

response::producer sum_behind() {
  return [](body_writer& out) -> task<void> {
    co_await out.write("body");
    BOOST_CHECK_THROW(out.trailer("Content-Length", "4"), std::invalid_argument);
    BOOST_CHECK_THROW(out.trailer("X-Sum", "a\r\nX-Other: b"), std::invalid_argument);
    out.trailer("X-Sum", "42");
  };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(streams, fixture)

BOOST_AUTO_TEST_CASE(trailers_follow_the_body_for_clients_that_take_them) {
  routes.get("/", [](request&) { return response::stream("text/plain", sum_behind()).announce_trailer("X-Sum"); });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_with_trailers);
  BOOST_TEST(await(worker, client, "\r\n0\r\nX-Sum: 42\r\n\r\n"), client.received);
  BOOST_TEST(count_of(client.received, "\r\nTrailer: X-Sum\r\n") == 1U);
  BOOST_TEST(count_of(client.received, "\r\nTransfer-Encoding: chunked\r\n") == 1U);
}

BOOST_AUTO_TEST_CASE(trailers_are_left_out_for_the_others) {
  routes.get("/", [](request&) { return response::stream("text/plain", sum_behind()).announce_trailer("X-Sum"); });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_it);
  BOOST_TEST(answer(worker, client).body == "body");
  BOOST_TEST(count_of(client.received, "X-Sum") == 0U);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_its_time_has_passed_or_it_is_woken_and_says_to_go_on) {
  body_writer* writer = nullptr;
  streams([&](body_writer& out) -> task<void> {
    if (co_await out.wait(1ms)) co_await out.write("passed ");
    writer = &out;
    if (co_await out.wait(1h)) co_await out.write("woken");
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_it);
  BOOST_TEST(worker.run_until([&] { return writer != nullptr; }));
  let(worker);
  boost::asio::post(worker.context.io(), [&] { writer->wake(); });
  BOOST_TEST(answer(worker, client).body == "passed woken");
}

BOOST_AUTO_TEST_CASE(a_drain_ends_a_wait_and_the_stream_ends_as_its_author_wants) {
  streams([&](body_writer& out) -> task<void> {
    ++begun;
    while (co_await out.wait(1h)) {
    }
    BOOST_TEST(out.draining());
    co_await out.write("end");
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_it);
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  let(worker);
  drain(worker);
  BOOST_TEST(answer(worker, client).body == "end");
  client.close();
  BOOST_TEST(worker.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_CASE(a_handler_is_cancelled_when_its_client_hangs_up) {
  routes.get("/", [&](request&) -> task<response> {
    const farewell here{gone};
    ++begun;
    co_await sleep_for(1h);
    co_return response::text("never");
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_it);
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  client.close();
  BOOST_TEST(worker.run_until([&] { return gone == 1; }));
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_breaks_its_body_off_puts_no_error_into_the_log) {
  const kept_log log;
  routes.post("/", [](request&, body_stream& body) -> task<response> {
    co_return response::stream("text/plain", [&body](body_writer& out) -> task<void> {
      for (std::string_view piece = co_await body.read(); !piece.empty(); piece = co_await body.read()) {
        co_await out.write(piece);
        co_await out.flush();
      }
      throw std::runtime_error{"an end that is this side's own"};
    });
  });
  hand_run_worker worker{settings, std::move(routes)};
  for (const std::string_view rest : {"", "5\r\n", "world"}) {
    pair_client client = worker.connect();
    const bool chunked = rest.ends_with("\n");
    client.send("POST / HTTP/1.1\r\nHost: a\r\n");
    client.send(chunked ? "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" : "Content-Length: 10\r\n\r\nhello");
    BOOST_TEST(await(worker, client, "hello"));
    BOOST_TEST(log.lines().find("failed on its way") == std::string::npos);
    client.send(rest);
    client.half_close();
    BOOST_TEST(worker.run_until([&] {
      client.take();
      return client.ended();
    }));
    BOOST_TEST((log.lines().find("failed on its way") != std::string::npos) == (rest == "world"));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_only_ends_its_sending_gets_its_answer) {
  routes.get("/", [&](request&) -> task<response> {
    ++begun;
    co_await sleep_for(50ms);
    co_return response::text("all the same");
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_it);
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  client.half_close();
  BOOST_TEST(answer(worker, client).body == "all the same");
}

BOOST_AUTO_TEST_CASE(a_stream_to_a_client_that_does_not_read_holds_little_memory_and_ends) {
  settings.timeouts.write = 200ms;
  std::size_t written = 0;
  streams([&](body_writer& out) -> task<void> {
    const farewell here{gone};
    const std::string piece(1024, 'x');
    for (;;) {
      co_await out.write(piece);
      written += piece.size();
    }
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect(4096);
  client.send(get_it);
  BOOST_TEST(worker.run_until([&] { return gone == 1; }));
  BOOST_TEST(written < 256U * 1024);
}

BOOST_AUTO_TEST_CASE(a_tunnel_is_told_of_a_drain_while_it_waits_for_its_client) {
  routes.get("/", [&](request&) {
    return response::upgrade("talk", [&](upgraded_stream& stream) -> task<void> {
      BOOST_TEST(!stream.draining());
      BOOST_TEST(!co_await stream.wait(1ms));
      ++begun;
      while (co_await stream.wait(1h)) {
        const std::string heard{co_await stream.read()};
        co_await stream.write(heard);
      }
      BOOST_TEST(stream.draining());
      co_await stream.write("bye");
    });
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: talk\r\n\r\n");
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  client.send("hello");
  BOOST_TEST(await(worker, client, "\r\n\r\nhello"));
  let(worker);
  drain(worker);
  BOOST_TEST(await(worker, client, "hellobye"));
  client.close();
  BOOST_TEST(worker.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(event_streams, fixture)

BOOST_AUTO_TEST_CASE(events_are_sent_at_once_and_the_last_one_known_reaches_the_handler) {
  routes.get("/", [](request& req) {
    return event_stream(req, [](event_sender& out) -> task<void> {
      co_await out.send(event{"after " + std::string{out.last_event_id()}, "note", "8"});
      co_await out.wait(1h);
    });
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 7\r\n\r\n");
  BOOST_TEST(await(worker, client, "event: note\nid: 8\ndata: after 7\n\n"), client.received);
  BOOST_TEST(count_of(client.received, "Content-Type: text/event-stream\r\n") == 1U);
  BOOST_TEST(count_of(client.received, "Cache-Control: no-store\r\n") == 1U);
}

BOOST_AUTO_TEST_CASE(a_silent_stream_sends_comments) {
  settings.events.keep_alive = 20ms;
  routes.get("/", [](request& req) {
    return event_stream(req, [](event_sender& out) -> task<void> { co_await out.wait(1h); });
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send(get_it);
  BOOST_TEST(worker.run_until([&] {
    client.take();
    return count_of(client.received, ":\n\n") >= 3;
  }));
}

// Whether its author listens for a drain or not.
BOOST_AUTO_TEST_CASE(a_drain_ends_every_stream_cleanly_with_retry) {
  settings.events.retry = 700ms;
  routes.get("/waits", [&](request& req) {
    return event_stream(req, [&](event_sender& out) -> task<void> {
      ++begun;
      while (co_await out.wait(1h)) {
      }
      co_await out.send(event{"last"});
    });
  });
  routes.get("/ignores", [&](request& req) {
    return event_stream(req, [&](event_sender& out) -> task<void> {
      ++begun;
      for (;;) co_await out.wait(1h);
    });
  });
  routes.get("/sleeps", [&](request& req) {
    return event_stream(req, [&](event_sender& out) -> task<void> {
      co_await out.send(event{"first"});
      ++begun;
      co_await sleep_for(1h);
    });
  });
  hand_run_worker worker{settings, std::move(routes)};
  for (const std::string path : {"/waits", "/ignores", "/sleeps"}) {
    BOOST_TEST_CONTEXT(path) {
      begun = 0;
      empty = false;
      pair_client client = worker.connect();
      client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
      BOOST_TEST(worker.run_until([&] { return begun == 1; }));
      let(worker);
      drain(worker);
      const test::reply got = answer(worker, client);
      BOOST_TEST(!got.cut);
      const std::size_t retry = got.body.find("retry: ");
      BOOST_REQUIRE(retry != std::string::npos);
      const int time = std::stoi(got.body.substr(retry + 7));
      BOOST_TEST(time >= 700);
      BOOST_TEST(time <= 1050);
      BOOST_TEST(got.body.ends_with("\n\n"));
      client.close();
      BOOST_TEST(worker.run_until([&] { return empty; }));
      worker.context.undrain();
      worker.server.draining = fsm::drain_manner::none;
    }
  }
}

BOOST_AUTO_TEST_CASE(a_channel_reaches_all_who_listen_and_those_who_come_back_get_what_they_missed) {
  event_channel channel;
  routes.get("/", [&](request& req) { return channel.stream(req); });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client first = worker.connect();
  pair_client second = worker.connect();
  first.send(get_it);
  second.send(get_it);
  BOOST_TEST(worker.run_until([&] { return channel.listeners() == 2; }));
  std::thread publisher{[&] {
    for (const char* text : {"one", "two", "three"}) channel.publish(event{text});
  }};
  for (pair_client* each : {&first, &second}) {
    BOOST_TEST(await(worker, *each, "id: 3\ndata: three\n\n"));
    BOOST_TEST(count_of(each->received, "data: ") == 3U);
  }
  publisher.join();
  pair_client late = worker.connect();
  late.send("GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 1\r\n\r\n");
  BOOST_TEST(await(worker, late, "id: 3\ndata: three\n\n"));
  BOOST_TEST(count_of(late.received, "data: ") == 2U);
  first.close();
  BOOST_TEST(worker.run_until([&] { return channel.listeners() == 2; }));
  channel.close();
  BOOST_TEST(!answer(worker, second).cut);
  BOOST_TEST(worker.run_until([&] { return channel.listeners() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_listener_that_does_not_read_misses_events_or_is_ended_and_costs_a_bounded_queue) {
  for (const auto policy : {event_channel_options::slow::drop_oldest, event_channel_options::slow::close}) {
    event_channel_options how;
    how.queue = 4;
    how.policy = policy;
    event_channel channel{how};
    router own;
    own.get("/", [&](request& req) { return channel.stream(req); });
    hand_run_worker worker{settings, std::move(own)};
    pair_client client = worker.connect(4096);
    client.send(get_it);
    BOOST_TEST(worker.run_until([&] { return channel.listeners() == 1; }));
    const std::string large(64 * 1024, 'x');
    for (int i = 0; i < 20; ++i) {
      channel.publish(event{large});
      let(worker);
    }
    BOOST_TEST(channel.dropped() >= 1U);
    channel.close();
    const test::reply got = answer(worker, client);
    BOOST_TEST(!got.cut);
    const bool dropped = policy == event_channel_options::slow::drop_oldest;
    BOOST_TEST((got.body.find("id: 20\n") != std::string::npos) == dropped);
    BOOST_TEST(count_of(got.body, "id: ") < 20U);
  }
}

BOOST_AUTO_TEST_CASE(large_pieces_of_known_length_arrive_in_order_among_small_ones) {
  std::string expected;
  for (int i = 0; i != 60'000; ++i) expected += std::to_string(i) + ' ';
  const std::size_t length = expected.size();
  routes.get("/", [&](request&) {
    auto body = [&](body_writer& out) -> task<void> {
      std::string_view rest{expected};
      for (const std::size_t piece : {std::size_t{100}, std::size_t{100'000}, std::size_t{16'384}, std::size_t{1}}) {
        const std::string own{rest.substr(0, piece)};  // gone when the next is written
        co_await out.write(own);
        rest.remove_prefix(piece);
      }
      co_await out.write(rest);
    };
    return response::stream("text/plain", body, length);
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect(4096);
  client.send(std::string{get_it} + std::string{get_it});
  BOOST_TEST((answer(worker, client).body == expected));
}

BOOST_AUTO_TEST_CASE(a_large_piece_whose_writer_is_called_off_still_leaves_whole_and_before_what_follows) {
  const std::string expected(1'000'000, 'x');
  routes.get("/", [&](request&) {
    auto body = [&](body_writer& out) -> task<void> {
      out.cancel_on_drain();
      bool called_off = false;
      try {
        const std::string own = expected;
        co_await out.write(own);
      } catch (const boost::system::system_error&) {
        called_off = true;
      }
      if (!called_off) co_return;
      co_await boost::asio::this_coro::reset_cancellation_state();
      co_await out.write("end");
    };
    return response::stream("text/plain", body, expected.size() + 3);
  });
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect(4096);
  client.send(get_it);
  for (int i = 0; i != 3; ++i) let(worker);
  drain(worker);
  for (int i = 0; i != 3; ++i) let(worker);
  BOOST_TEST((answer(worker, client).body == expected + "end"));
  BOOST_TEST(worker.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
