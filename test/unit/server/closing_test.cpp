// close() and the destructor: whatever handlers are doing, nothing hangs and nothing leaks.
#include <memory>
#include <thread>

#include <boost/asio/cancellation_state.hpp>

#include "unit/server/running_server.hpp"

namespace baton {
namespace {

// Tells when the coroutine frame that holds it has gone.
struct farewell {
  std::atomic<int>* count;
  explicit farewell(std::atomic<int>& c) : count{&c} {}
  farewell(const farewell&) = delete;
  farewell& operator=(const farewell&) = delete;
  ~farewell() { ++*count; }
};

task<void> never() {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  timer.expires_after(1h);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

struct fixture {
  std::atomic<int> entered{0};
  std::atomic<int> gone{0};

  router suspended() {
    router routes = hello();
    routes.get("/never", [this](request&) -> task<response> {
      const farewell here{gone};
      ++entered;
      co_await never();
      co_return response::text("never");
    });
    routes.get("/stubborn", [this](request&) -> task<response> {
      const farewell here{gone};
      co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
      ++entered;
      co_await never();
      co_return response::text("never");
    });
    routes.get("/stream", [this](request&) {
      return response::stream("text/plain", [this](body_writer& out) -> task<void> {
        const farewell here{gone};
        co_await out.write("begun");
        co_await out.flush();
        ++entered;
        co_await never();
      });
    });
    routes.post("/upload", [this](request&, body_stream& body) -> task<response> {
      const farewell here{gone};
      ++entered;
      while (!(co_await body.read()).empty()) {
      }
      co_return response::text("read");
    });
    return routes;
  }
  bool await_entered(int count) {
    return eventually(patience, [&] { return entered == count; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_closing, fixture)

BOOST_AUTO_TEST_CASE(close_cancels_suspended_handlers) {
  running_server s{suspended()};
  raw_client waiting{s.where()};
  waiting.send(get_text("/never"));
  raw_client streaming{s.where()};
  streaming.send(get_text("/stream"));
  raw_client uploading{s.where()};
  uploading.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab");
  BOOST_TEST(await_entered(3));
  s->close();
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
  BOOST_TEST(gone == 3);
  for (raw_client* each : {&waiting, &streaming, &uploading}) {
    BOOST_TEST((each->await_end() != test::ending::open));
  }
  BOOST_TEST(s.refuses());
}

BOOST_AUTO_TEST_CASE(the_destructor_ends_suspended_handlers) {
  const auto began = std::chrono::steady_clock::now();
  {
    running_server s{suspended()};
    raw_client waiting{s.where()};
    waiting.send(get_text("/never"));
    raw_client streaming{s.where()};
    streaming.send(get_text("/stream"));
    BOOST_TEST(await_entered(2));
  }
  BOOST_TEST(gone == 2);
  BOOST_TEST((std::chrono::steady_clock::now() - began < patience));
}

BOOST_AUTO_TEST_CASE(a_handler_that_takes_no_notice_goes_with_the_server) {
  {
    running_server s{suspended()};
    raw_client client{s.where()};
    client.send(get_text("/stubborn"));
    BOOST_TEST(await_entered(1));
    s->close();
    BOOST_TEST((client.await_end() != test::ending::open));
    BOOST_TEST(gone == 0);
  }
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(the_destructor_waits_for_a_blocking_handler) {
  std::promise<void> leave;
  std::atomic<bool> finished{false};
  std::thread opener;
  {
    router routes;
    routes.get("/blocking", blocking([&, door = leave.get_future().share()](request&) {
                 ++entered;
                 door.wait();
                 finished = true;
                 return response::text("done");
               }));
    running_server s{std::move(routes)};
    raw_client client{s.where()};
    client.send(get_text("/blocking"));
    BOOST_TEST(await_entered(1));
    s->close();
    opener = std::thread{[&] { leave.set_value(); }};
  }
  BOOST_TEST(finished.load());
  opener.join();
}

BOOST_AUTO_TEST_CASE(a_server_may_be_destroyed_while_requests_pour_in) {
  for (int round = 0; round < 10; ++round) {
    router routes = hello();
    routes.get("/blocking", blocking([](request&) { return response::text("done"); }));
    auto s = std::make_unique<running_server>(std::move(routes));
    const test::endpoint where = s->where();
    std::atomic<int> answered{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back([&answered, where] {
        try {
          raw_client client{where};
          for (;;) {
            if (client.get("/blocking").status == 200) ++answered;
          }
        } catch (const std::exception&) {  // the server has gone
        }
      });
    }
    BOOST_TEST(eventually(patience, [&] { return answered >= 5; }));
    s.reset();
    for (std::thread& each : clients) each.join();
  }
}

BOOST_AUTO_TEST_CASE(close_after_a_shutdown_that_timed_out_ends_the_rest) {
  running_server s{suspended()};
  raw_client client{s.where()};
  client.send(get_text("/never"));
  BOOST_TEST(await_entered(1));
  BOOST_TEST(s->shutdown(50ms).left == 1U);
  s->close();
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(close_wakes_a_shutdown_that_waits) {
  running_server s{suspended()};
  raw_client client{s.where()};
  client.send(get_text("/never"));
  BOOST_TEST(await_entered(1));
  auto drain = s.shutting_down();
  s->close();
  BOOST_TEST(!result_of(drain).timed_out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
