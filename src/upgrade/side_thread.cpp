#include "upgrade/side_thread.hpp"

#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

namespace baton::upgrade {

struct side_thread::shared {
  std::mutex mutex;
  side_thread* owner;  // null once it is gone, and with it perhaps the io_context
  bool busy = false;
};

side_thread::side_thread(boost::asio::io_context& context) : context_{context}, shared_{std::make_shared<shared>()} {
  shared_->owner = this;
}

side_thread::~side_thread() {
  abandon();
  const std::lock_guard lock{shared_->mutex};
  shared_->owner = nullptr;
}

void side_thread::start(std::function<void()> work, std::function<void()> done) {
  auto run = [state = shared_, work = std::move(work), round = round_ + 1]() mutable {
    std::exchange(work, nullptr)();
    const std::lock_guard lock{state->mutex};
    state->busy = false;
    if (state->owner == nullptr) return;
    // Held weakly: the owner may go while the call is queued.
    boost::asio::post(state->owner->context_, [watched = std::weak_ptr{state}, round] {
      const auto still = watched.lock();
      if (still && still->owner != nullptr) still->owner->returned(round);
    });
  };
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->busy = true;
  }
  try {
    std::thread{std::move(run)}.detach();
  } catch (...) {
    const std::lock_guard lock{shared_->mutex};
    shared_->busy = false;
    throw;
  }
  ++round_;
  done_ = std::move(done);
  work_guard_.emplace(context_.get_executor());
}

void side_thread::abandon() noexcept {
  ++round_;
  done_ = nullptr;
  work_guard_.reset();
}

bool side_thread::busy() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->busy;
}

void side_thread::returned(std::uint64_t round) {
  if (round != round_) return;
  const auto done = std::exchange(done_, nullptr);
  work_guard_.reset();
  done();
}

}  // namespace baton::upgrade
