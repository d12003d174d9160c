// Everything at once, in an order that follows from a seed: clients that come, ask in pieces, wait for what takes its
// time, and go; drains that begin, are told in turns, are called off and begin again; connections that arrive elsewhere
// or come back. What must hold is simple: nobody who stays loses a request, and in the end nothing is left.
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using namespace std::chrono_literals;
using fsm::drain_manner;
using net::moving_connection;

router routes_of_a_storm() {
  router routes;
  routes.get("/who", [](request&) { return response::text("here"); });
  routes.get("/wait", [](request&) -> task<response> {
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, 1ms};
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return response::text("here");
  });
  return routes;
}

struct guest {
  pair_client end;
  std::size_t asked = 0;
  std::string rest{};  // of a request that has been sent in part

  [[nodiscard]] bool answered() {
    end.take();
    return count_of(end.received, "HTTP/1.1 200") == asked;
  }
};

class storm {
 public:
  explicit storm(unsigned seed) : random_{seed} {
    for (int i = 0; i != 600; ++i) come();
    for (hand_run_worker* const each : {&old_, &next_}) {
      each->server.on_departure = [this](worker_context&, std::vector<moving_connection> leaving) {
        for (moving_connection& moved : leaving) on_the_way_.push_back(std::move(moved));
      };
    }
  }

  void step() {
    const auto dice = random_() % 100;
    if (dice < 25) return come();
    if (dice < 55) return ask();
    if (dice < 60) return go();
    if (dice < 64) return drain();
    if (dice < 67) return undrain();
    if (dice < 75) return arrive();
    for (auto n = random_() % 40; n != 0; --n) run(dice % 2 == 0 ? old_ : next_);
  }

  // Whoever has stayed has got, or gets, all that was asked for.
  void calm() {
    for (guest& each : guests_) finish(each);
    const bool all = old_.run_until([&] {
      next_.context.io().restart();
      next_.context.io().poll();
      arrive();
      std::erase_if(guests_, [](guest& each) { return each.answered(); });
      return guests_.empty();
    });
    BOOST_TEST(all, guests_.size() << " clients wait for ever");
  }

  void expect_nothing_left() {
    undrain();
    for (hand_run_worker* const each : {&old_, &next_}) {
      bool empty = false;
      each->context.drain(drain_manner::close_idle, [&] { empty = true; });
      BOOST_TEST(each->run_until([&] {
        arrive();
        return empty;
      }));
      BOOST_TEST(each->server.budget.count() == 0U);
      BOOST_TEST(each->context.workspaces().taken() == 0U);
      BOOST_TEST(each->context.registry().counts().open() == 0U);
    }
    BOOST_TEST(drained_ <= drains_);
    BOOST_TEST(moved_ > 100U);
    BOOST_TEST(returned_ > 0U);
  }

 private:
  static void run(hand_run_worker& one) {
    one.context.io().restart();
    one.context.io().poll_one();
  }

  guest& any() { return guests_[random_() % guests_.size()]; }

  void come() {
    if (guests_.size() < 700) guests_.push_back({old_.connect()});
  }

  void finish(guest& by) {
    if (by.rest.empty()) return;
    by.end.send(by.rest);
    by.rest.clear();
  }

  void ask() {
    if (guests_.empty()) return;
    guest& by = any();
    finish(by);
    const std::string path = random_() % 3 == 0 ? "/wait" : "/who";
    const std::string text = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::size_t now = random_() % 2 == 0 ? text.size() : random_() % text.size();
    ++by.asked;
    by.end.send(text.substr(0, now));
    by.rest = text.substr(now);
  }

  void go() {
    if (guests_.empty()) return;
    std::swap(any(), guests_.back());
    if (random_() % 2 == 0) guests_.back().end.half_close();
    guests_.pop_back();
  }

  void drain() {
    if (std::exchange(draining_, true)) return;
    ++drains_;
    old_.server.draining = drain_manner::transfer_idle;
    old_.context.drain(drain_manner::transfer_idle, [this] { ++drained_; });
  }

  void undrain() {
    if (!std::exchange(draining_, false)) return;
    old_.server.draining = drain_manner::none;
    old_.context.undrain();
  }

  // Or some of them do, and the others come back.
  void arrive() {
    std::vector<peer_key> gone;
    std::vector<moving_connection> back;
    for (moving_connection& each : std::exchange(on_the_way_, {})) {
      if (random_() % 4 == 0 && !draining_) {
        back.push_back(std::move(each));
        ++returned_;
        continue;
      }
      gone.push_back(peer_of(each));
      BOOST_REQUIRE((next_.server.budget.enter(gone.back()) == connection_budget::verdict::admitted));
      next_.context.adopt(std::move(each));
      ++moved_;
    }
    old_.context.settle(gone, std::move(back));
  }

  std::mt19937 random_;
  options settings_{};
  std::vector<moving_connection> on_the_way_;
  hand_run_worker old_{settings_, routes_of_a_storm()};
  hand_run_worker next_{settings_, routes_of_a_storm()};
  std::vector<guest> guests_;
  bool draining_ = false;
  int drains_ = 0;
  int drained_ = 0;
  std::size_t moved_ = 0;
  std::size_t returned_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_storm)

BOOST_DATA_TEST_CASE(loses_no_request_and_leaves_nothing_behind, boost::unit_test::data::xrange(1U, 6U), seed) {
  storm all{seed};
  for (int i = 0; i != 3'000; ++i) all.step();
  all.calm();
  all.expect_nothing_left();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
