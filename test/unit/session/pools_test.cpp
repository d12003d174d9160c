// The pools that connections draw from: threads for blocking handlers, workspaces, handler memory.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "session/blocking_pool.hpp"
#include "session/handler_memory.hpp"
#include "session/workspace.hpp"
#include "support/eventually.hpp"

namespace baton::session {

BOOST_AUTO_TEST_SUITE(blocking_pool_bounds)

BOOST_AUTO_TEST_CASE(so_many_run_so_many_wait_and_one_more_is_refused) {
  blocking_pool pool{2, 3};
  for (int i = 0; i < 5; ++i) BOOST_TEST(pool.admit());
  BOOST_TEST(!pool.admit());
  BOOST_TEST(!pool.admit());
  for (int i = 0; i < 5; ++i) pool.submit([] {});
  pool.join();
  BOOST_TEST(pool.admit());
}

BOOST_AUTO_TEST_CASE(jobs_run_on_so_many_threads_at_once_and_no_more) {
  blocking_pool pool{2, 10};
  std::promise<void> open;
  const std::shared_future<void> door{open.get_future()};
  std::atomic<int> inside{0};
  std::atomic<int> done{0};
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST_REQUIRE(pool.admit());
    pool.submit([&, door] {
      ++inside;
      door.wait();
      ++done;
    });
  }
  BOOST_TEST(test::eventually(test::patience, [&] { return inside == 2; }));
  BOOST_TEST(done == 0);
  open.set_value();
  pool.join();
  BOOST_TEST(done == 6);
  BOOST_TEST(inside == 6);
}

BOOST_AUTO_TEST_CASE(a_place_is_free_again_when_its_job_is_done) {
  blocking_pool pool{1, 0};
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST_REQUIRE(test::eventually(test::patience, [&] { return pool.admit(); }));
    pool.submit([] {});
  }
  pool.join();
}

BOOST_AUTO_TEST_CASE(the_queue_can_become_longer_and_shorter) {
  blocking_pool pool{1, 0};
  BOOST_TEST(pool.admit());
  BOOST_TEST(!pool.admit());
  pool.queue(2);
  BOOST_TEST(pool.admit());
  BOOST_TEST(pool.admit());
  BOOST_TEST(!pool.admit());
  pool.queue(1);
  BOOST_TEST(!pool.admit());
}

BOOST_AUTO_TEST_CASE(a_pool_that_was_never_used_joins_at_once) {
  blocking_pool pool{8, 8};
  pool.join();
}

BOOST_AUTO_TEST_CASE(many_threads_together_never_pass_the_bound) {
  blocking_pool pool{2, 2};
  std::atomic<int> present{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        if (!pool.admit()) continue;
        const int now = ++present;
        int before = most.load();
        while (now > before && !most.compare_exchange_weak(before, now)) {
        }
        pool.submit([&] { --present; });
      }
    });
  }
  for (std::thread& each : threads) each.join();
  pool.join();
  BOOST_TEST(present == 0);
  BOOST_TEST(most <= 4);
  BOOST_TEST(most >= 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handler_memory_blocks)

BOOST_AUTO_TEST_CASE(one_block_at_a_time_comes_from_inside) {
  handler_memory memory;
  void* const first = memory.take(100);
  void* const second = memory.take(100);
  const auto inside = [&](const void* p) {
    return p >= static_cast<const void*>(&memory) && p < static_cast<const void*>(&memory + 1);
  };
  BOOST_TEST(inside(first));
  BOOST_TEST(!inside(second));
  memory.give(second);
  memory.give(first);
  void* const third = memory.take(144);
  BOOST_TEST(inside(third));
  memory.give(third);
}

BOOST_AUTO_TEST_CASE(a_block_that_is_too_large_is_allocated) {
  handler_memory memory;
  void* const large = memory.take(10'000);
  void* const small = memory.take(8);
  BOOST_TEST((small >= static_cast<void*>(&memory) && small < static_cast<void*>(&memory + 1)));
  memory.give(large);
  memory.give(small);
}

BOOST_AUTO_TEST_CASE(every_block_is_aligned_for_anything) {
  handler_memory memory;
  handler_allocator<std::max_align_t> allocator{memory};
  std::max_align_t* const place = allocator.allocate(2);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(place) % alignof(std::max_align_t) == 0U);
  allocator.deallocate(place, 2);
  BOOST_TEST((handler_allocator<int>{allocator} == handler_allocator<int>{memory}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(workspace_pool_reuse)

BOOST_AUTO_TEST_CASE(what_was_given_back_is_taken_again) {
  const options settings;
  workspace_pool pool{settings};
  auto first = pool.take();
  const workspace* const address = first.get();
  first->out.reserve(1'000);
  pool.give(std::move(first));
  BOOST_TEST(pool.take().get() == address);
}

BOOST_AUTO_TEST_CASE(what_has_grown_large_is_not_kept) {
  const options settings;
  workspace_pool pool{settings};
  for (int which = 0; which < 3; ++which) {
    auto grown = pool.take();
    if (which == 0) grown->out.reserve(100'000);
    if (which == 1) grown->collected.append(std::string(100'000, 'x'));
    if (which == 2) static_cast<void>(grown->in.reserve_behind(0, 100'000));
    pool.give(std::move(grown));
    const auto next = pool.take();
    BOOST_TEST(next->out.capacity() < 1'000U);
    BOOST_TEST(next->collected.capacity() < 1'000U);
    BOOST_TEST(next->in.capacity() == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
