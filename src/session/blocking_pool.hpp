// The threads for handlers that block, bounded both ways: so many run, so many wait, one more is
// refused. Started with the first request that needs them.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace baton::session {

class blocking_pool {
 public:
  blocking_pool(std::size_t threads, std::size_t queue) noexcept : threads_{threads}, bound_{threads + queue} {}

  /// Changes how many may wait; the threads stay. Any thread.
  void queue(std::size_t length) noexcept { bound_.store(threads_ + length, std::memory_order_relaxed); }

  /// Takes a place for one job; false if the bound is reached. Any thread.
  [[nodiscard]] bool admit() noexcept;

  /// Runs `job` (movable) on a thread of the pool, in the place that `admit` has given. Any thread.
  template <class Job>
  void submit(Job job) {
    boost::asio::post(pool(), [this, job = std::move(job)]() mutable {
      job();
      waiting_.fetch_sub(1, std::memory_order_relaxed);
    });
  }

  /// Waits until what was submitted has run. Nothing may be submitted any more.
  void join();

 private:
  boost::asio::thread_pool& pool();

  const std::size_t threads_;
  std::atomic<std::size_t> bound_;
  std::atomic<std::size_t> waiting_{0};  // running or queued
  std::mutex mutex_;
  std::optional<boost::asio::thread_pool> pool_;  // guarded by mutex_ until it exists
};

}  // namespace baton::session
