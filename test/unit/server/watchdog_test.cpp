#include "server/watchdog.hpp"

#include <future>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "server/listeners.hpp"
#include "server/server_core.hpp"
#include "support/eventually.hpp"
#include "unit/server/running_server.hpp"

namespace baton {
namespace {

// Runs the control thread's loop until something is so.
template <class Predicate>
bool run_until(boost::asio::io_context& io, Predicate holds) {
  return eventually(patience, [&] {
    io.restart();
    io.poll();
    return holds();
  });
}

struct with_loop {
  boost::asio::io_context io{1};
  int alive = 0;
  std::vector<std::function<void()>> asked;

  watchdog watching() {
    return {io, 20ms, [this](std::function<void()> answered) { asked.push_back(std::move(answered)); },
            [this] { ++alive; }};
  }
};

BOOST_FIXTURE_TEST_SUITE(watchdog_is_told, with_loop)

BOOST_AUTO_TEST_CASE(alive_after_every_answer) {
  const watchdog dog = watching();
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST(run_until(io, [&] { return asked.size() == static_cast<std::size_t>(i); }));
    BOOST_TEST(alive == i - 1);
    asked.back()();
    BOOST_TEST(run_until(io, [&] { return alive == i; }));
  }
}

BOOST_AUTO_TEST_CASE(nothing_while_an_answer_is_outstanding_and_again_when_it_has_come) {
  const watchdog dog = watching();
  boost::asio::steady_timer later{io, 100ms};
  bool over = false;
  later.async_wait([&](boost::system::error_code) { over = true; });
  BOOST_TEST(run_until(io, [&] { return over; }));
  BOOST_TEST(asked.size() == 1U);
  BOOST_TEST(alive == 0);
  asked.back()();
  BOOST_TEST(run_until(io, [&] { return asked.size() == 2U; }));
  BOOST_TEST(alive == 1);
}

BOOST_AUTO_TEST_CASE(nothing_by_an_answer_that_comes_after_the_watchdog_has_gone) {
  { const watchdog dog = watching(); }
  BOOST_REQUIRE(asked.size() == 1U);
  asked.back()();
  io.restart();
  io.poll();
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_worker_that_is_stuck_in_a_handler_does_not_answer_a_probe) {
  std::promise<void> entered;
  std::promise<void> release;
  router routes;
  routes.get("/stuck", [&](request&) {
    entered.set_value();
    release.get_future().wait();
    return response::text("free");
  });
  const options settings = on_any_port();
  server_core core{settings, routes.release()};
  core.prepare(open_listeners(settings, {}).configured);
  core.accept();
  std::atomic<int> answers{0};
  core.await_turns([&] { ++answers; });
  BOOST_TEST(eventually(patience, [&] { return answers == 1; }));

  raw_client client{test::endpoint::parse("http://" + core.addresses().front())};
  client.send(get_text("/stuck"));
  entered.get_future().wait();
  core.await_turns([&] { ++answers; });
  BOOST_TEST(!eventually(100ms, [&] { return answers == 2; }));
  release.set_value();
  BOOST_TEST(eventually(patience, [&] { return answers == 2; }));
  BOOST_TEST(client.read().body == "free");
}

}  // namespace
}  // namespace baton
