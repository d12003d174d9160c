// What runs on a worker and belongs to no request: tasks that handlers or the program have started, and timers.
// Each run counts in the worker's gate, so that a drain waits for it; a timer that merely waits does not, and
// is stopped when the drain begins.
//
// Rejected: asio::co_spawn by whoever likes (nobody knows of it at the end), a thread of its own for timers (they would
// need locks for what handlers use).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <optional>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <baton/background.hpp>

#include "session/route_share.hpp"

namespace baton::session {

/// The worker's thread only, except where said.
class background_tasks {
 public:
  /// `entered` and `left` are called around each run.
  background_tasks(boost::asio::io_context& io, std::function<void()> entered, std::function<void()> left);
  /// Forgets what has not ended; the io_context must have gone, with the coroutines.
  ~background_tasks();
  background_tasks(const background_tasks&) = delete;
  background_tasks& operator=(const background_tasks&) = delete;

  /// Any thread; may be a moment old.
  [[nodiscard]] bool full() const noexcept { return count_.load(std::memory_order_relaxed) >= limit; }
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

  /// Begins in a turn of its own. `code` keeps the routes whose code it is until it has ended.
  void run(background_job work, route_use code);

  /// Runs `work` when `interval` has passed, and again so long after each end.
  void every(std::chrono::milliseconds interval, background_job work);

  /// No timer begins a run until `resume`; one under way goes on.
  void pause();
  void resume();
  /// Cancels what runs; what is started until `resume` is cancelled too.
  void cancel();
  /// For good, while the io_context is still there.
  void drop_timers() noexcept;

  static constexpr std::size_t limit = 10'000;

 private:
  struct timer;
  struct run_state;
  using place = std::list<run_state>::iterator;

  void begin(background_job work, route_use code, timer* owner);
  void start(place at);
  void ended(place at, const std::exception_ptr& error);
  void arm(timer& t);

  boost::asio::io_context& io_;
  const std::function<void()> entered_;
  const std::function<void()> left_;
  std::list<timer> timers_;
  std::list<run_state> running_;
  bool paused_ = false;
  bool cancelling_ = false;
  std::atomic<std::size_t> count_{0};  // written by the worker
};

}  // namespace baton::session
