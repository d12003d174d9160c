// WebSockets with a client that sends exact bytes: the protocol's cases by table, then what is this server's own:
// limits, the send queue, pings, compression, and the ways to an end.
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/test/unit_test.hpp>

#include <baton/websocket.hpp>

#include "support/reply_parser.hpp"
#include "unit/session/hand_run_worker.hpp"
#include "unit/session/websocket_cases.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;
namespace ws = test::ws;
namespace zlib = boost::beast::zlib;

task<void> echo(websocket& socket) {
  while (auto message = co_await socket.read()) co_await socket.send(std::move(*message));
}

std::string deflated(std::string text) {
  zlib::deflate_stream z;
  zlib::z_params p;
  std::string out(text.size() + 1024, '\0');
  p.next_in = text.data();
  p.avail_in = text.size();
  p.next_out = out.data();
  p.avail_out = out.size();
  boost::system::error_code error;
  z.write(p, zlib::Flush::sync, error);
  BOOST_REQUIRE(!error);
  out.resize(p.total_out);
  BOOST_REQUIRE(out.ends_with(std::string("\0\0\xff\xff", 4)));
  out.resize(out.size() - 4);
  return out;
}

std::string inflated(std::string bytes) {
  bytes.append("\0\0\xff\xff", 4);
  zlib::inflate_stream z;
  zlib::z_params p;
  std::string out(1024 * 1024, '\0');
  p.next_in = bytes.data();
  p.avail_in = bytes.size();
  p.next_out = out.data();
  p.avail_out = out.size();
  boost::system::error_code error;
  z.write(p, zlib::Flush::sync, error);
  out.resize(p.total_out);
  return out;
}

struct fixture {
  options settings;
  bool empty = false;
  int begun = 0;

  fixture() {
    settings.websocket.message = 1024;
    settings.websocket.ping = 0ms;
    settings.timeouts.linger_close = 100ms;
  }

  static router serving(websocket_handler run, websocket_route route = {}) {
    router made;
    made.handle("/", [run, route](request& req) { return accept_websocket(req, run, route); });
    return made;
  }
  // Behind the head of the answer.
  static std::string_view frames(const pair_client& client) {
    const std::size_t head = client.received.find("\r\n\r\n");
    if (head == std::string::npos) return {};
    return std::string_view{client.received}.substr(head + 4);
  }
  // The server has answered so much in frames.
  bool await(hand_run_worker& worker, pair_client& client, std::string_view described) {
    return worker.run_until([&] {
      client.take();
      return ws::describe(frames(client)) == described;
    });
  }
  bool await_end(hand_run_worker& worker, pair_client& client) {
    return worker.run_until([&] {
      client.take();
      return client.ended();
    });
  }
  bool open(hand_run_worker& worker, pair_client& client, std::string_view fields = {}) {
    client.send(ws::opening("/", fields));
    return worker.run_until([&] {
      client.take();
      return client.received.find("\r\n\r\n") != std::string::npos;
    });
  }
  test::reply answer_to(hand_run_worker& worker, const std::string& request) {
    pair_client client = worker.connect();
    client.send(request);
    test::reply_parser parser;
    std::optional<test::reply> found;
    BOOST_REQUIRE(worker.run_until([&] {
      client.take();
      parser.feed(std::exchange(client.received, {}));
      found = parser.next();
      return found.has_value();
    }));
    return std::move(*found);
  }
  void drain(hand_run_worker& worker) {
    worker.server.draining = fsm::drain_manner::close_idle;
    worker.context.drain(fsm::drain_manner::close_idle, [this] { empty = true; });
  }
  std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(websockets, fixture)

// Each case with its frames behind the opening request in one piece, and byte by byte.
BOOST_AUTO_TEST_CASE(frames_are_answered_as_rfc_6455_says) {
  hand_run_worker worker{settings, serving(echo)};
  for (const websocket_case& each : websocket_cases()) {
    BOOST_TEST_CONTEXT(each.name) {
      pair_client at_once = worker.connect();
      at_once.send(ws::opening("/") + each.sent);
      BOOST_TEST(await_end(worker, at_once));
      BOOST_TEST(ws::describe(frames(at_once)) == each.answered);
      pair_client slow = worker.connect();
      BOOST_TEST(open(worker, slow));
      for (const char c : each.sent) {
        slow.send_if_open({&c, 1});
        worker.context.io().restart();
        worker.context.io().poll();
      }
      BOOST_TEST(await_end(worker, slow));
      BOOST_TEST(ws::describe(frames(slow)) == each.answered);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_opening_handshake_answers_with_the_key_and_the_subprotocol_that_the_server_prefers) {
  websocket_route route;
  route.subprotocols = {"second", "first"};
  hand_run_worker worker{settings, serving(echo, route)};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client, "Sec-WebSocket-Protocol: other, first\r\nSec-WebSocket-Protocol: second\r\n"));
  BOOST_TEST(client.received.starts_with("HTTP/1.1 101 "));
  BOOST_TEST(count_of(client.received, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") == 1U);
  BOOST_TEST(count_of(client.received, "Sec-WebSocket-Protocol: second\r\n") == 1U);
  BOOST_TEST(count_of(client.received, "Sec-WebSocket-Extensions") == 0U);
}

BOOST_AUTO_TEST_CASE(an_opening_that_is_wrong_is_refused_with_its_reason) {
  hand_run_worker worker{settings, serving(echo)};
  const std::string right = ws::opening("/");
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const auto with_key = [&](const std::string& text) { return replaced(right, "dGhlIHNhbXBsZSBub25jZQ==", text); };
  struct wrong {
    std::string request;
    int status;
  };
  const std::vector<wrong> all{
      {replaced(right, key, ""), 400},
      {replaced(right, key, key + key), 400},
      {with_key(""), 400},
      {with_key("c2hvcnQ="), 400},
      {with_key("dGhlIHNhbXBsZSBub25jZQ"), 400},
      {with_key("dGhlIHNhbXBsZSBub25jZR=="), 400},
      {with_key("dGhlIHNhbXBsZSBub2*jZQ=="), 400},
      {with_key("dGhlIHNhbXBsZSBub25jZSBpcyB0b28gbG9uZw=="), 400},
      {replaced(right, version, ""), 426},
      {replaced(right, version, version + version), 426},
      {replaced(right, version, "Sec-WebSocket-Version: 8\r\n"), 426},
      {replaced(right, "Upgrade: websocket\r\n", ""), 426},
      {replaced(right, "Upgrade: websocket\r\n", "Upgrade: h2c\r\n"), 426},
      {replaced(right, "keep-alive, Upgrade", "keep-alive"), 426},
      {replaced(right, "HTTP/1.1", "HTTP/1.0"), 426},
      {replaced(right, "GET", "POST"), 405},
      {replaced(right, "\r\n\r\n", "\r\nOrigin: https://elsewhere.example\r\n\r\n"), 403},
      {replaced(right, "\r\n\r\n", "\r\nOrigin: null\r\n\r\n"), 403},
  };
  for (const wrong& each : all) {
    BOOST_TEST_CONTEXT(each.request) {
      const test::reply answer = answer_to(worker, each.request);
      BOOST_TEST(answer.status == each.status);
      if (each.status != 426) continue;
      BOOST_TEST(answer.field("sec-websocket-version").value_or("") == "13");
      BOOST_TEST(answer.field("upgrade").value_or("") == "websocket");
    }
  }
  pair_client own = worker.connect();
  BOOST_TEST(open(worker, own, "Origin: http://localhost:80\r\n"));
  BOOST_TEST(own.received.starts_with("HTTP/1.1 101 "));
}

BOOST_AUTO_TEST_CASE(messages_are_deflated_and_inflated_where_the_client_offers_it) {
  hand_run_worker worker{settings, serving(echo)};
  pair_client client = worker.connect();
  BOOST_TEST(
      open(worker, client,
           "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8, x-other\r\n"
           "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10\r\n"));
  BOOST_TEST(count_of(client.received,
                      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                      "client_no_context_takeover; server_max_window_bits=10\r\n") == 1U);
  const std::string text(500, 'x');
  client.send(ws::frame(ws::text, std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7),
                        {.reserved = 4}));  // RFC 7692 section 7.2.3.1
  client.send(ws::frame(ws::text, deflated(text), {.reserved = 4}));
  const std::string half = deflated("one two");
  client.send(ws::frame(ws::text, half.substr(0, 3), {.fin = false, .reserved = 4}) +
              ws::frame(ws::continuation, half.substr(3)) + ws::close_frame(1000));
  BOOST_TEST(await_end(worker, client));
  std::string_view bytes = frames(client);
  BOOST_TEST(ws::take_frame(bytes).payload == "Hello");
  const ws::server_frame large = ws::take_frame(bytes);
  BOOST_TEST(large.deflated);
  BOOST_TEST(large.payload.size() < 100U);
  BOOST_TEST(inflated(large.payload) == text);
  BOOST_TEST(ws::describe(bytes) == "text:one two close:1000");
}

BOOST_AUTO_TEST_CASE(what_inflates_beyond_the_limit_is_refused_with_1009_and_held_nowhere) {
  hand_run_worker worker{settings, serving(echo)};
  for (const std::size_t size : {std::size_t{1025}, std::size_t{50} * 1024 * 1024}) {
    pair_client client = worker.connect();
    BOOST_TEST(open(worker, client, "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    const std::string bomb = ws::frame(ws::binary, deflated(std::string(size, '\0')), {.reserved = 4});
    client.send_if_open(bomb);
    client.send_if_open(ws::close_frame(1009));
    BOOST_TEST(await_end(worker, client));
    BOOST_TEST(ws::describe(frames(client)) == "close:1009");
  }
}

BOOST_AUTO_TEST_CASE(broken_compression_is_refused) {
  hand_run_worker worker{settings, serving(echo)};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client, "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  client.send(ws::frame(ws::text, "\xff\xff\xff\xff", {.reserved = 4}));
  BOOST_TEST(await_end(worker, client));
}

BOOST_AUTO_TEST_CASE(the_handlers_return_closes_with_1000_and_its_exception_with_1011) {
  hand_run_worker worker{settings, serving([](websocket& socket) -> task<void> {
                           const auto message = co_await socket.read();
                           if (message && message->data == "throw") throw std::runtime_error{"stays in the log"};
                           co_await socket.send(websocket_message{"bye"});
                         })};
  for (const std::string word : {"return", "throw"}) {
    pair_client client = worker.connect();
    BOOST_TEST(open(worker, client));
    client.send(ws::frame(ws::text, word));
    BOOST_TEST(await(worker, client, word == "throw" ? "close:1011" : "text:bye close:1000"));
    client.send(ws::close_frame(1000));
    BOOST_TEST(await_end(worker, client));
  }
}

BOOST_AUTO_TEST_CASE(a_drain_closes_with_1001_behind_the_routes_hook_and_is_over_with_the_clients_answer) {
  websocket_route route;
  route.on_drain = [](websocket& socket) -> task<void> {
    BOOST_TEST(socket.draining());
    co_await socket.send(websocket_message{"moving"});
  };
  hand_run_worker worker{settings, serving(
                                       [this](websocket& socket) -> task<void> {
                                         ++begun;
                                         while (co_await socket.read()) {
                                         }
                                         BOOST_TEST(socket.close_code() == 1001);
                                         BOOST_TEST(!co_await socket.send(websocket_message{"too late"}));
                                       },
                                       route)};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client));
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  drain(worker);
  BOOST_TEST(await(worker, client, "text:moving close:1001 going away"));
  BOOST_TEST(!empty);
  client.send(ws::close_frame(1001));
  BOOST_TEST(await_end(worker, client));
  client.close();
  BOOST_TEST(worker.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_CASE(a_hook_that_does_not_come_to_its_end_is_cancelled_after_the_time_to_close_or_with_the_client) {
  for (const bool leaves : {true, false}) {
    settings.websocket.close = leaves ? 1h : 200ms;
    empty = false;
    begun = 0;
    int hooked = 0;
    websocket_route route;
    route.on_drain = [&](websocket&) -> task<void> {
      ++hooked;
      boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, 1h};
      co_await timer.async_wait(boost::asio::use_awaitable);
    };
    const auto run = [&](websocket& socket) -> task<void> {
      ++begun;
      while (co_await socket.read()) {
      }
    };
    hand_run_worker worker{settings, serving(run, route)};
    pair_client client = worker.connect();
    BOOST_TEST(open(worker, client));
    BOOST_TEST(worker.run_until([&] { return begun == 1; }));
    drain(worker);
    BOOST_TEST(worker.run_until([&] { return hooked == 1; }));
    if (leaves) {
      client.close();
    } else {
      BOOST_TEST(await(worker, client, "close:1001 going away"));
      client.send(ws::close_frame(1001));
      BOOST_TEST(await_end(worker, client));
      client.close();
    }
    BOOST_TEST(worker.run_until([&] { return empty; }));
  }
}

BOOST_AUTO_TEST_CASE(who_never_answers_a_close_is_cut_after_its_time_whatever_the_handler_does) {
  settings.websocket.close = 200ms;
  bool gone = false;
  struct farewell {
    bool& flag;
    ~farewell() { flag = true; }
  };
  hand_run_worker worker{settings, serving([&](websocket&) -> task<void> {
                           const farewell here{gone};
                           ++begun;
                           boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, 1h};
                           co_await timer.async_wait(boost::asio::use_awaitable);
                         })};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client));
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  drain(worker);
  BOOST_TEST(await(worker, client, "close:1001 going away"));
  BOOST_TEST(worker.run_until([&] { return empty; }));
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_pinged_and_cut_unless_it_answers) {
  settings.websocket.ping = 200ms;
  hand_run_worker worker{settings, serving(echo)};
  pair_client deaf = worker.connect();
  pair_client alive = worker.connect();
  BOOST_TEST(open(worker, deaf));
  BOOST_TEST(open(worker, alive));
  std::size_t answered = 0;
  BOOST_TEST(worker.run_until([&] {
    deaf.take();
    alive.take();
    const std::size_t pings = count_of(frames(alive), std::string("\x89\0", 2));
    for (; answered < pings; ++answered) alive.send(ws::frame(ws::pong, ""));
    return deaf.ended() && answered >= 3;
  }));
  BOOST_TEST(ws::describe(frames(deaf)) == "ping:");
  BOOST_TEST(!alive.ended());
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_slowly_is_not_cut_for_a_ping_that_it_has_not_come_to) {
  settings.websocket.ping = 200ms;
  hand_run_worker worker{settings, serving([](websocket& socket) -> task<void> {
                           const std::string piece(1024, 'x');
                           for (int i = 0; i < 2000; ++i) co_await socket.send(websocket_message{piece});
                         })};
  pair_client client = worker.connect(4096);
  BOOST_TEST(open(worker, client));
  const net::wheel_time begin = worker.context.wheel().now();
  net::wheel_time last = begin;
  std::array<char, 2048> room{};
  BOOST_TEST(worker.run_until([&] {
    const net::wheel_time now = worker.context.wheel().now();
    if (now - last < 20ms) return false;
    last = now;
    client.take(room);
    return client.ended() || now - begin > 1s;
  }));
  BOOST_TEST(!client.ended());
  BOOST_TEST(worker.server.budget.count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_that_has_gone_silent_is_cut_although_the_handler_has_not_read_its_last_words) {
  settings.websocket.ping = 100ms;
  hand_run_worker worker{settings, serving([](websocket&) -> task<void> {
                           boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, 1h};
                           co_await timer.async_wait(boost::asio::use_awaitable);
                         })};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client));
  client.send(ws::frame(ws::text, "last"));
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
}

BOOST_AUTO_TEST_CASE(handles_send_from_other_threads_and_outlive_the_websocket) {
  std::promise<websocket_handle> opened;
  hand_run_worker worker{settings, serving([&](websocket& socket) -> task<void> {
                           opened.set_value(socket.handle());
                           co_await echo(socket);
                         })};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client));
  const websocket_handle handle = opened.get_future().get();
  std::vector<bool> taken;  // checked below: Boost.Test is for one thread at a time
  std::thread sender{[handle, &taken] {
    taken.push_back(handle.send("one"));
    taken.push_back(handle.send(std::make_shared<const std::string>("two"), websocket_kind::binary));
    handle.close(4000, "enough");
    taken.push_back(handle.send("three"));
  }};
  BOOST_TEST(await(worker, client, "text:one binary:two close:4000 enough"));
  sender.join();
  BOOST_TEST(taken == (std::vector<bool>{true, true, false}), boost::test_tools::per_element());
  client.send(ws::close_frame(4000));
  BOOST_TEST(await_end(worker, client));
  client.close();
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
  BOOST_TEST(!handle.send("late"));
  handle.close();
  BOOST_TEST(!websocket_handle{}.send("nobody's"));
}

// The client reads nothing until the queue is full.
BOOST_AUTO_TEST_CASE(a_full_queue_waits_drops_or_closes_as_the_route_says) {
  using overflow = websocket_route::overflow;
  for (const overflow policy : {overflow::wait, overflow::drop, overflow::close}) {
    int sent = 0;
    int dropped = 0;
    bool over = false;
    websocket_route route;
    route.policy = policy;
    route.queue = 16 * 1024;
    hand_run_worker worker{settings, serving(
                                         [&](websocket& socket) -> task<void> {
                                           for (int i = 0; i < 100 && socket.open(); ++i) {
                                             const bool taken = co_await socket.send(
                                                 websocket_message{std::string(1024, 'x'), websocket_kind::binary});
                                             ++(taken ? sent : dropped);
                                           }
                                           over = true;
                                           while (co_await socket.read()) {
                                           }
                                         },
                                         route)};
    pair_client client = worker.connect(4096);
    BOOST_TEST(open(worker, client));
    worker.run_for(200ms);
    BOOST_TEST(over == (policy != overflow::wait));
    BOOST_TEST(sent < 40);
    if (policy == overflow::wait) {
      BOOST_TEST(worker.run_until([&] {
        client.take();
        return over;
      }));
      BOOST_TEST(sent == 100);
      BOOST_TEST(dropped == 0);
    } else if (policy == overflow::drop) {
      BOOST_TEST(sent + dropped == 100);
    } else {
      BOOST_TEST(dropped == 1);
      BOOST_TEST(worker.run_until([&] {
        client.take();
        return ws::describe(frames(client)).ends_with("close:1008 reads too slowly");
      }));
    }
  }
}

// The client sends only, and what comes back is small or nothing at all.
BOOST_AUTO_TEST_CASE(tiny_and_empty_messages_fill_the_queue_too_and_take_no_more_room_than_they_need) {
  using overflow = websocket_route::overflow;
  constexpr std::size_t all = 2000;
  for (const std::string payload : {"x", ""}) {
    for (const overflow policy : {overflow::wait, overflow::close}) {
      std::size_t echoed = 0;
      websocket_route route;
      route.policy = policy;
      route.queue = 16 * 1024;
      hand_run_worker worker{settings, serving(
                                           [&](websocket& socket) -> task<void> {
                                             while (auto message = co_await socket.read()) {
                                               BOOST_TEST(message->data.capacity() < 100U);
                                               if (co_await socket.send(std::move(*message))) ++echoed;
                                             }
                                           },
                                           route)};
      pair_client client = worker.connect(4096);
      BOOST_TEST(open(worker, client));
      std::string flood;
      for (std::size_t i = 0; i < all; ++i) flood += ws::frame(ws::text, payload);
      client.send(flood);
      worker.run_for(200ms);
      BOOST_TEST(echoed < all / 4);
      BOOST_TEST(worker.run_until([&] {
        client.take();
        if (policy == overflow::wait) return echoed == all;
        return ws::describe(frames(client)).ends_with("close:1008 reads too slowly");
      }));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_hangs_up_ends_the_handler) {
  std::uint16_t code = 0;
  hand_run_worker worker{settings, serving([&](websocket& socket) -> task<void> {
                           ++begun;
                           while (co_await socket.read()) {
                           }
                           code = socket.close_code();
                         })};
  pair_client client = worker.connect();
  BOOST_TEST(open(worker, client));
  BOOST_TEST(worker.run_until([&] { return begun == 1; }));
  client.send(ws::frame(ws::text, "half", {.announced = 100}));
  client.half_close();
  BOOST_TEST(worker.run_until([&] { return code != 0; }));
  BOOST_TEST(code == 1006);
  client.close();
  BOOST_TEST(worker.run_until([&] { return worker.server.budget.count() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_worker_may_end_while_websockets_are_open_closing_and_half_written) {
  settings.websocket.close = 60s;
  hand_run_worker worker{settings, serving([&](websocket& socket) -> task<void> {
                           ++begun;
                           for (int i = 0; i < 100; ++i)
                             co_await socket.send(websocket_message{std::string(1024, 'x')});
                           co_await echo(socket);
                         })};
  pair_client stuck = worker.connect(4096);
  pair_client closing = worker.connect();
  BOOST_TEST(open(worker, stuck));
  BOOST_TEST(open(worker, closing));
  BOOST_TEST(worker.run_until([&] { return begun == 2; }));
  drain(worker);
  worker.context.io().restart();
  worker.context.io().poll();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
