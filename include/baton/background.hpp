// Work beyond the end of a request, or of none at all, that the server knows of: a drain waits for it as it waits for
// requests, and a process that has to close by force cancels it. What is spawned on an executor by hand is
// known to nobody, and an upgrade ends it in the middle.
//
//     baton::background(req, [mail = std::move(mail)]() -> baton::task<void> { co_await send(mail); });
//     app.every(std::chrono::minutes{1}, [&] { sessions.forget_old_ones(); });
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <baton/types.hpp>

namespace baton {

class request;

/// What runs: a function that returns a coroutine, `task<void>()`, or one that does all it has to at once, `void()`,
/// and must not block. It is kept until the coroutine has ended, so that a lambda may use what it has captured
/// after each `co_await`. An exception is logged; it ends that run alone.
class background_job {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, background_job> && std::same_as<std::invoke_result_t<F&>, task<void>>)
      background_job(F run)  // NOLINT: implicit on purpose
      : run_{std::move(run)} {}

  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, background_job> && std::is_void_v<std::invoke_result_t<F&>>)
      background_job(F run)  // NOLINT
      : run_{[run = std::move(run)]() mutable -> task<void> {
          run();
          co_return;
        }} {}

  [[nodiscard]] task<void> operator()() const { return run_(); }

 private:
  std::function<task<void>()> run_;
};

/// Runs `work` on the worker of `req`, beginning when the worker comes to it. The request and what it views may be gone
/// by then: copy what is needed. A drain waits for it up to `drain.timeout`, then it is cancelled at its suspension.
/// At most 10,000 run on a worker at once; one more
/// throws a 503 http_error with `Retry-After`.
void background(request& req, background_job work);

/// Suspends the coroutine that awaits it; its worker serves others meanwhile. Cancelled, by the end of the
/// connection or a time-out, it throws `boost::system::system_error` with `operation_aborted`. Any coroutine that runs
/// on a worker; zero or less: at once.
[[nodiscard]] task<void> sleep_for(std::chrono::nanoseconds time);

}  // namespace baton
