// A table that was replaced lives exactly as long as the last answer that comes from it.
#include <array>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t large = 400'000;

const std::string& large_text() {
  static const std::string text(large, 'l');
  return text;
}

std::string get(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}

struct fixture {
  options settings;
  bool open = false;  // lets handlers that wait go on
  std::array<bool, 3> gone{};

  task<void> pass() {
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
    while (!open) {
      timer.expires_after(1ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }

  router routes(const std::string& name) {
    router made;
    made.get("/name", [name](request&) { return response::text(name); });
    made.get("/wait", [this, name](request&) -> task<response> {
      co_await pass();
      co_return response::text(name);
    });
    made.get("/stream", [this, name](request&) {
      return response::stream("text/plain", [this, name](body_writer& out) -> task<void> {
        co_await out.write("begun ");
        co_await out.flush();
        co_await pass();
        co_await out.write(name);
      });
    });
    made.get("/tunnel", [this, name](request&) {
      return response::upgrade("raw", [this, name](upgraded_stream& stream) -> task<void> {
        co_await stream.write("up ");
        co_await pass();
        co_await stream.write(name);
      });
    });
    made.get("/large", [](request&) { return response::text(large_text()); });
    return made;
  }

  std::shared_ptr<const http::route_table> table(const std::string& name, std::size_t number) {
    const auto made = routes(name).release();
    return {made.get(), [this, made, number](const http::route_table*) { gone.at(number) = true; }};
  }

  // `first` is in force and `second` takes its place when `swap` is called.
  hand_run_worker worker{settings, router{}};
  fixture() { worker.context.routes().replace(table("first", 1)); }
  void swap() { worker.context.routes().replace(table("second", 2)); }

  bool await(pair_client& client, std::string_view text, std::size_t times = 1) {
    return worker.run_until([&] {
      client.take();
      return count_of(client.received, text) >= times;
    });
  }
  void run() { worker.run_for(200ms); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(route_swaps, fixture)

BOOST_AUTO_TEST_CASE(an_idle_connection_does_not_hold_the_table_of_its_last_request) {
  pair_client client = worker.connect();
  client.send(get("/name"));
  BOOST_TEST(await(client, "\r\n\r\nfirst"));
  run();
  swap();
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
  client.send(get("/name"));
  BOOST_TEST(await(client, "\r\n\r\nsecond"));
}

BOOST_AUTO_TEST_CASE(the_table_in_force_stays_when_its_last_request_has_been_answered) {
  pair_client client = worker.connect();
  client.send(get("/name"));
  BOOST_TEST(await(client, "\r\n\r\nfirst"));
  run();
  BOOST_TEST(!gone[1]);
}

BOOST_AUTO_TEST_CASE(a_handler_that_waits_finishes_on_the_table_it_began_with) {
  pair_client waiting = worker.connect();
  pair_client later = worker.connect();
  waiting.send(get("/wait"));
  run();
  swap();
  later.send(get("/name"));
  BOOST_TEST(await(later, "\r\n\r\nsecond"));
  BOOST_TEST(!gone[1]);
  open = true;
  BOOST_TEST(await(waiting, "\r\n\r\nfirst"));
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
  BOOST_TEST(!gone[2]);
}

BOOST_AUTO_TEST_CASE(a_stream_holds_its_table_to_the_last_piece) {
  pair_client client = worker.connect();
  client.send(get("/stream"));
  BOOST_TEST(await(client, "begun "));
  swap();
  run();
  BOOST_TEST(!gone[1]);
  open = true;
  BOOST_TEST(await(client, "first"));
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
  client.send(get("/name"));
  BOOST_TEST(await(client, "second"));
}

BOOST_AUTO_TEST_CASE(a_tunnel_holds_its_table_until_its_code_has_ended) {
  pair_client client = worker.connect();
  client.send(get("/tunnel", "Connection: upgrade\r\nUpgrade: raw\r\n"));
  BOOST_TEST(await(client, "up "));
  swap();
  run();
  BOOST_TEST(!gone[1]);
  open = true;
  BOOST_TEST(await(client, "first"));
  // The client stays: the connection lingers, the code is not needed for that.
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
  BOOST_TEST(worker.context.registry().count(connection_state::upgraded) == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_the_client_does_not_read_holds_its_table) {
  pair_client client = worker.connect(4096);
  client.send(get("/large"));
  run();
  swap();
  run();
  BOOST_TEST(!gone[1]);
  BOOST_TEST(worker.run_until([&] {
    client.take();
    return count_of(client.received, "l") >= large;
  }));
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_its_handler_and_lets_its_table_go) {
  pair_client client = worker.connect();
  client.send(get("/stream"));
  BOOST_TEST(await(client, "begun "));
  swap();
  run();
  BOOST_TEST(!gone[1]);
  client.close();
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
}

BOOST_AUTO_TEST_CASE(a_handler_cut_by_a_close_lets_its_table_go) {
  pair_client client = worker.connect();
  client.send(get("/wait"));
  run();
  swap();
  BOOST_TEST(!gone[1]);
  boost::asio::post(worker.context.io(), [this] { worker.context.registry().close_all(); });
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
}

BOOST_AUTO_TEST_CASE(of_pipelined_requests_those_behind_the_swap_get_the_new_table) {
  pair_client client = worker.connect();
  client.send(get("/wait") + get("/name") + get("/wait") + get("/name"));
  run();
  swap();
  open = true;
  BOOST_TEST(await(client, "HTTP/1.1 200", 4));
  BOOST_TEST(count_of(client.received, "first") == 1U);
  BOOST_TEST(count_of(client.received, "second") == 3U);
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
}

BOOST_AUTO_TEST_CASE(a_table_without_a_single_request_goes_at_the_end_of_the_turn) {
  swap();
  BOOST_TEST(!gone[1]);  // whoever swaps may be anywhere
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
}

BOOST_AUTO_TEST_CASE(tables_end_independently_of_each_other) {
  pair_client first = worker.connect();
  first.send(get("/wait"));
  run();
  swap();
  worker.context.routes().replace(table("third", 0));
  BOOST_TEST(worker.run_until([&] { return gone[2]; }));
  BOOST_TEST(!gone[1]);
  open = true;
  BOOST_TEST(await(first, "\r\n\r\nfirst"));
  BOOST_TEST(worker.run_until([&] { return gone[1]; }));
  BOOST_TEST(!gone[0]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
