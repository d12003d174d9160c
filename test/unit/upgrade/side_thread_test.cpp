#include "upgrade/side_thread.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"

namespace baton::upgrade {
namespace {

using test::eventually;
using test::patience;

struct a_side_thread {
  boost::asio::io_context context{1};
  std::unique_ptr<side_thread> subject = std::make_unique<side_thread>(context);
  int done = 0;

  // `work` waits for this; it is held by the work alone, so that a test may forget it.
  std::promise<void> gate;
  std::function<void()> waits() {
    return [opened = gate.get_future().share()] { opened.wait(); };
  }
};

BOOST_FIXTURE_TEST_SUITE(a_function_on_a_thread_of_its_own, a_side_thread)

BOOST_AUTO_TEST_CASE(it_runs_elsewhere_and_is_told_here) {
  std::thread::id there;
  std::thread::id here;
  subject->start([&] { there = std::this_thread::get_id(); },
                 [&] {
                   ++done;
                   here = std::this_thread::get_id();
                 });
  context.run_for(patience);
  BOOST_TEST(done == 1);
  BOOST_TEST((here == std::this_thread::get_id()));
  BOOST_TEST((there != here && there != std::thread::id{}));
  BOOST_TEST(!subject->busy());
}

BOOST_AUTO_TEST_CASE(what_it_holds_is_gone_when_it_is_told) {
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  subject->start([held = std::move(held)] {},
                 [&] {
                   ++done;
                   BOOST_TEST(watched.expired());
                 });
  context.run_for(patience);
  BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_CASE(the_context_goes_on_meanwhile) {
  subject->start(waits(), [this] { ++done; });
  context.run_for(std::chrono::milliseconds{5});
  BOOST_TEST(!context.stopped());
  BOOST_TEST(done == 0);
  BOOST_TEST(subject->busy());
  gate.set_value();
  context.run_for(patience);
  BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_CASE(one_that_was_abandoned_is_not_told_and_keeps_it_busy_until_it_returns) {
  subject->start(waits(), [this] { ++done; });
  subject->abandon();
  BOOST_TEST(subject->busy());
  gate.set_value();
  BOOST_TEST(eventually(patience, [this] { return !subject->busy(); }));
  context.run_for(patience);
  BOOST_TEST(done == 0);
  subject->start([] {}, [this] { ++done; });
  context.restart();
  context.run_for(patience);
  BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_CASE(one_whose_end_is_queued_can_be_abandoned) {
  subject->start([] {}, [this] { ++done; });
  BOOST_TEST(eventually(patience, [this] { return !subject->busy(); }));
  subject->abandon();
  context.run_for(patience);
  BOOST_TEST(done == 0);
}

BOOST_AUTO_TEST_CASE(it_may_outlive_both_the_object_and_the_context) {
  std::atomic<bool> returned{false};
  {
    boost::asio::io_context other{1};
    side_thread thread{other};
    thread.start(
        [wait = waits(), &returned] {
          wait();
          returned = true;
        },
        [this] { ++done; });
  }
  gate.set_value();
  BOOST_TEST(eventually(patience, [&] { return returned.load(); }));
  BOOST_TEST(done == 0);
}

BOOST_AUTO_TEST_CASE(the_object_may_go_when_the_end_is_queued) {
  subject->start([] {}, [this] { ++done; });
  BOOST_TEST(eventually(patience, [this] { return !subject->busy(); }));
  subject.reset();
  context.run_for(patience);
  BOOST_TEST(done == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
