// What is let go of anywhere is destroyed on the control thread, and not before every worker has come by.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "server/unload_queue.hpp"
#include "support/eventually.hpp"

namespace baton {
namespace {

using test::eventually;
using test::patience;

struct dying {
  explicit dying(std::function<void()> said) : last{std::move(said)} {}
  dying(const dying&) = delete;
  dying& operator=(const dying&) = delete;
  ~dying() {
    if (last) last();
  }
  std::function<void()> last;
};

struct fixture {
  std::shared_ptr<unload_queue> queue = std::make_shared<unload_queue>();
  boost::asio::io_context control;
  std::vector<std::function<void()>> turns;  // asked for, and not come yet
  int gone = 0;

  std::shared_ptr<dying> guarded() {
    return queue->guard(std::make_unique<dying>([this] { ++gone; }));
  }
  void attach() {
    queue->attach(control, [this](std::function<void()> done) { turns.push_back(std::move(done)); });
  }
  void run() {
    control.restart();
    control.poll();
  }
  void turn() {
    auto come = std::exchange(turns, {});
    for (auto& each : come) each();
    run();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unload_queues, fixture)

BOOST_AUTO_TEST_CASE(an_object_is_destroyed_when_every_worker_has_come_by) {
  attach();
  auto object = guarded();
  object.reset();
  BOOST_TEST(gone == 0);
  run();
  BOOST_TEST(gone == 0);
  turn();
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(one_that_is_let_go_of_meanwhile_waits_for_turns_of_its_own) {
  attach();
  auto second = guarded();
  guarded().reset();
  run();
  second.reset();
  turn();
  BOOST_TEST(gone == 1);
  turn();
  BOOST_TEST(gone == 2);
}

BOOST_AUTO_TEST_CASE(what_an_object_held_goes_in_the_next_round) {
  attach();
  auto inner = guarded();
  queue->guard(std::make_unique<dying>([held = std::move(inner)]() mutable { held.reset(); })).reset();
  run();
  turn();
  BOOST_TEST(gone == 0);
  turn();
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(a_queue_without_a_control_thread_keeps_things_until_the_end) {
  guarded().reset();
  attach();
  run();
  queue->detach();
  turn();  // comes late
  BOOST_TEST(gone == 0);
  auto late = guarded();
  queue->finish();
  BOOST_TEST(gone == 1);
  dying* const kept = late.get();
  late.reset();
  BOOST_TEST(gone == 1);  // the process ends: its code may be gone
  kept->last = nullptr;
  delete kept;
}

BOOST_AUTO_TEST_CASE(many_threads_may_let_go_at_once) {
  constexpr int threads = 4;
  constexpr int each = 500;
  std::atomic<int> destroyed{0};
  std::atomic<bool> elsewhere{false};
  const auto here = std::this_thread::get_id();
  queue->attach(control, [](const std::function<void()>& done) { std::thread{done}.detach(); });
  std::vector<std::thread> letting_go;
  for (int i = 0; i < threads; ++i) {
    letting_go.emplace_back([&] {
      for (int n = 0; n < each; ++n) {
        queue
            ->guard(std::make_unique<dying>([&] {
              if (std::this_thread::get_id() != here) elsewhere = true;
              ++destroyed;
            }))
            .reset();
      }
    });
  }
  BOOST_TEST(eventually(patience, [&] {
    run();
    return destroyed == threads * each;
  }));
  for (auto& one : letting_go) one.join();
  BOOST_TEST(!elsewhere);
  queue->detach();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
