#include "session/background_tasks.hpp"

#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "session/virtual_time.hpp"

namespace baton {

// Here, and not with the clock that stands still, since plugins may call it and every program has this file.
task<void> sleep_for(std::chrono::nanoseconds time) {
  if (time.count() <= 0) co_return;
  const boost::asio::any_io_executor worker = co_await boost::asio::this_coro::executor;
  boost::asio::execution_context& context = boost::asio::query(worker, boost::asio::execution::context);
  if (boost::asio::has_service<session::virtual_time>(context)) {
    co_await boost::asio::use_service<session::virtual_time>(context).sleep(time);
    co_return;
  }
  boost::asio::steady_timer timer{worker, time};
  co_await timer.async_wait(boost::asio::use_awaitable);
}

namespace session {

struct background_tasks::timer {
  timer(boost::asio::io_context& io, std::chrono::milliseconds every, background_job job)
      : interval{every}, work{std::move(job)}, clock{std::in_place, io} {}

  const std::chrono::milliseconds interval;
  const background_job work;
  std::optional<boost::asio::steady_timer> clock;  // gone before its io_context
  bool running = false;
};

struct background_tasks::run_state {
  run_state(background_job job, route_use routes, timer* of)
      : code{std::move(routes)}, work{std::move(job)}, owner{of} {}

  route_use code;  // outlives the work
  const background_job work;
  timer* const owner;  // null for a task
  boost::asio::cancellation_signal cancel;
};

background_tasks::background_tasks(boost::asio::io_context& io, std::function<void()> entered,
                                   std::function<void()> left)
    : io_{io}, entered_{std::move(entered)}, left_{std::move(left)} {}

background_tasks::~background_tasks() {
  while (!running_.empty()) {
    running_.pop_front();
    left_();
  }
}

void background_tasks::run(background_job work, route_use code) {
  begin(std::move(work), std::move(code), nullptr);
}

void background_tasks::begin(background_job work, route_use code, timer* owner) {
  running_.emplace_back(std::move(work), std::move(code), owner);
  count_.store(running_.size(), std::memory_order_relaxed);
  entered_();
  const place at = std::prev(running_.end());
  boost::asio::post(io_, [this, at] { start(at); });
}

void background_tasks::start(place at) {
  try {
    boost::asio::co_spawn(
        io_, at->work(),
        boost::asio::bind_cancellation_slot(at->cancel.slot(), [this, at](std::exception_ptr e) { ended(at, e); }));
  } catch (...) {  // before there was a coroutine
    return ended(at, std::current_exception());
  }
  if (cancelling_) cancel();
}

void background_tasks::ended(place at, const std::exception_ptr& error) {
  try {
    if (error != nullptr) std::rethrow_exception(error);
  } catch (const std::exception& e) {
    if (cancelling_) {
      log::debug("a background task was cancelled: {}", e.what());
    } else {
      log::error("a background task failed: {}", e.what());
    }
  } catch (...) {
    log::error("a background task failed with an exception that is not a std::exception");
  }
  timer* const owner = at->owner;
  running_.erase(at);
  count_.store(running_.size(), std::memory_order_relaxed);
  if (owner != nullptr) {
    owner->running = false;
    arm(*owner);
  }
  left_();
}

void background_tasks::every(std::chrono::milliseconds interval, background_job work) {
  timers_.emplace_back(io_, interval, std::move(work));
  arm(timers_.back());
}

void background_tasks::arm(timer& t) {
  if (paused_ || t.running || !t.clock) return;
  t.clock->expires_after(t.interval);
  t.clock->async_wait([this, &t](const boost::system::error_code& error) {
    if (error || paused_ || t.running) return;
    t.running = true;
    begin(t.work, {}, &t);
  });
}

void background_tasks::pause() {
  paused_ = true;
  for (timer& t : timers_) {
    if (t.clock) t.clock->cancel();
  }
}

void background_tasks::resume() {
  paused_ = cancelling_ = false;
  for (timer& t : timers_) arm(t);
}

void background_tasks::cancel() {
  cancelling_ = true;
  // One that ends by it takes its place out of the list: not while its signal is being sent.
  for (place at = running_.begin(); at != running_.end();) {
    const place next = std::next(at);
    at->cancel.emit(boost::asio::cancellation_type::terminal);
    at = next;
  }
}

void background_tasks::drop_timers() noexcept {
  for (timer& t : timers_) t.clock.reset();
}

}  // namespace session
}  // namespace baton
