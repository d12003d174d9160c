#include "server/unload_queue.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace baton {

void unload_queue::attach(boost::asio::io_context& control, await_turns turns) {
  const std::lock_guard lock{mutex_};
  control_ = &control;
  turns_ = std::move(turns);
  if (!waiting_.empty()) schedule();
}

void unload_queue::detach() noexcept {
  const std::lock_guard lock{mutex_};
  control_ = nullptr;
  running_ = false;
}

void unload_queue::finish() noexcept {
  detach();
  for (;;) {
    std::vector<burial> dead;
    {
      const std::lock_guard lock{mutex_};
      dead.swap(ending_.empty() ? waiting_ : ending_);
      finished_ = dead.empty();
    }
    if (dead.empty()) return;
  }
}

void unload_queue::take(burial dead) noexcept {
  const std::lock_guard lock{mutex_};
  if (finished_) {
    static_cast<void>(dead.release());
    return;
  }
  waiting_.push_back(std::move(dead));
  schedule();
}

// Under the lock.
void unload_queue::schedule() {
  if (control_ == nullptr || std::exchange(running_, true)) return;
  boost::asio::post(*control_, [self = shared_from_this()] { self->begin(); });
}

void unload_queue::begin() {
  await_turns turns;
  {
    const std::lock_guard lock{mutex_};
    ending_.swap(waiting_);
    turns = turns_;
  }
  turns([self = shared_from_this()] { self->turned(); });
}

void unload_queue::turned() {
  const std::lock_guard lock{mutex_};
  if (control_ != nullptr) boost::asio::post(*control_, [self = shared_from_this()] { self->end(); });
}

void unload_queue::end() {
  std::vector<burial> dead;
  {
    const std::lock_guard lock{mutex_};
    dead.swap(ending_);
  }
  dead.clear();  // may come back with more
  const std::lock_guard lock{mutex_};
  running_ = false;
  if (!waiting_.empty()) schedule();
}

}  // namespace baton
