#include "session/blocking_pool.hpp"

namespace baton::session {

bool blocking_pool::admit() noexcept {
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < bound_.load(std::memory_order_relaxed)) return true;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

boost::asio::thread_pool& blocking_pool::pool() {
  const std::lock_guard lock{mutex_};
  if (!pool_) pool_.emplace(threads_);
  return *pool_;
}

void blocking_pool::join() {
  boost::asio::thread_pool* started = nullptr;
  {
    const std::lock_guard lock{mutex_};
    if (pool_) started = &*pool_;
  }
  if (started != nullptr) started->join();
}

}  // namespace baton::session
