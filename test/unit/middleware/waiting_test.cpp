// concurrency_limit and timeout, with handlers that wait until the test lets them go.
#include <array>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "unit/middleware/chain.hpp"

namespace baton {
namespace {

using namespace std::chrono_literals;

/// Requests to one chain on one loop.
class loop {
 public:
  struct asked {
    http::parsed_head head{head_of("GET")};
    std::optional<response> answer;
  };

  /// Begins a request; runs until nothing more is ready.
  asked& ask(const chain& served) {
    asked& one = *all_.emplace_back(std::make_unique<asked>());
    boost::asio::co_spawn(context, served.run(one.head),
                          [&one](std::exception_ptr, response answer) { one.answer = std::move(answer); });
    turn();
    return one;
  }
  void turn() {
    context.restart();
    context.poll();
  }
  void run() {
    context.restart();
    context.run_for(60s);
  }

  boost::asio::io_context context;

 private:
  std::vector<std::unique_ptr<asked>> all_;
};

/// A handler that answers when `open` is called, once for each call.
struct gated {
  std::vector<std::shared_ptr<boost::asio::steady_timer>> waiting;
  handler call = [this](request&) -> task<response> {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto timer = std::make_shared<boost::asio::steady_timer>(executor, 24h);
    waiting.push_back(timer);
    try {
      co_await timer->async_wait(boost::asio::use_awaitable);
    } catch (const boost::system::system_error&) {
    }
    co_return response::text("done");
  };
  void open(std::size_t which) const { waiting.at(which)->cancel(); }
};

unsigned code(const loop::asked& one) {
  return one.answer ? code_of(*one.answer) : 0;
}

chain limited(gated& inner, std::size_t in_flight, std::size_t queue, std::chrono::milliseconds patience = 1h) {
  with::concurrency_limit_options how;
  how.in_flight = in_flight;
  how.queue = queue;
  how.patience = patience;
  return chain{{with::concurrency_limit(how)}, inner.call};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_AUTO_TEST_CASE(one_over_the_limit_waits_for_the_first_that_ends) {
  loop worker;
  gated inner;
  const chain served = limited(inner, 2, 2);
  const auto& first = worker.ask(served);
  const auto& second = worker.ask(served);
  const auto& third = worker.ask(served);
  const auto& fourth = worker.ask(served);
  BOOST_TEST(inner.waiting.size() == 2U);
  inner.open(1);
  worker.turn();
  BOOST_TEST(code(second) == 200U);
  BOOST_TEST(code(first) == 0U);
  BOOST_TEST(inner.waiting.size() == 3U);  // the third, which came before the fourth
  inner.open(2);
  worker.turn();
  BOOST_TEST(code(third) == 200U);
  BOOST_TEST(code(fourth) == 0U);
  inner.open(0);
  inner.open(3);
  worker.turn();
  BOOST_TEST(code(first) == 200U);
  BOOST_TEST(code(fourth) == 200U);
}

BOOST_AUTO_TEST_CASE(one_that_finds_the_queue_full_is_503_with_retry_after) {
  loop worker;
  gated inner;
  const chain served = limited(inner, 1, 1);
  static_cast<void>(worker.ask(served));
  static_cast<void>(worker.ask(served));
  const auto& refused = worker.ask(served);
  BOOST_TEST(code(refused) == 503U);
  BOOST_TEST(value_of(*refused.answer, "Retry-After") == "1");
  inner.open(0);
  worker.turn();
  inner.open(1);
  worker.turn();
  BOOST_TEST(inner.waiting.size() == 2U);
  static_cast<void>(worker.ask(served));
  BOOST_TEST(inner.waiting.size() == 3U);  // both places have been given back
  inner.open(2);
  worker.turn();
}

BOOST_AUTO_TEST_CASE(one_that_has_waited_too_long_is_503_and_leaves_the_queue) {
  loop worker;
  gated inner;
  const chain served = limited(inner, 1, 1, 1ms);
  const auto& first = worker.ask(served);
  const auto& late = worker.ask(served);
  while (!late.answer) worker.context.run_one();
  BOOST_TEST(code(late) == 503U);
  inner.open(0);
  worker.turn();
  BOOST_TEST(code(first) == 200U);
  BOOST_TEST(inner.waiting.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_gives_its_place_back) {
  loop worker;
  with::concurrency_limit_options how;
  how.in_flight = 1;
  how.queue = 0;
  const chain served{{with::concurrency_limit(how)}, [](request&) -> response { throw http_error{status::conflict}; }};
  for (int i = 0; i != 3; ++i) BOOST_TEST(code(worker.ask(served)) == 409U);
}

BOOST_AUTO_TEST_CASE(requests_that_are_destroyed_while_they_wait_leave_the_queue) {
  loop worker;
  gated inner;
  const chain served = limited(inner, 1, 1);
  {
    loop lost;
    static_cast<void>(lost.ask(served));
    static_cast<void>(lost.ask(served));
    inner.waiting.clear();
  }
  const auto& next = worker.ask(served);
  BOOST_TEST(inner.waiting.size() == 1U);
  inner.open(0);
  worker.turn();
  BOOST_TEST(code(next) == 200U);
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_in_time_answers_as_ever) {
  loop worker;
  const chain served{{with::timeout(1h)}};
  BOOST_TEST(code(worker.ask(served)) == 200U);
  const chain failing{{with::timeout(1h)}, [](request&) -> response { throw http_error{status::conflict}; }};
  BOOST_TEST(code(worker.ask(failing)) == 409U);
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_too_slow_is_cancelled_and_answered_with_503) {
  loop worker;
  gated inner;
  const chain served{{with::timeout(1ms)}, inner.call};
  const auto& late = worker.ask(served);
  worker.run();
  BOOST_TEST(code(late) == 503U);
  BOOST_TEST(late.answer->body().find("timeout") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(limits_that_serve_nobody_are_refused_when_the_chain_is_built) {
  with::concurrency_limit_options none;
  none.in_flight = 0;
  BOOST_CHECK_THROW(static_cast<void>(with::concurrency_limit(none)), std::invalid_argument);
  BOOST_CHECK_THROW(static_cast<void>(with::timeout(0ms)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
