// A clock that stands still until it is told otherwise, for the test client: an io_context that has this service lets
// `sleep_for` wait by it. An io_context without it, every server's, is not concerned.
#pragma once

#include <chrono>
#include <list>
#include <optional>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <baton/types.hpp>

namespace baton::session {

class virtual_time final : public boost::asio::execution_context::service {
 public:
  using key_type = virtual_time;
  using time_point = std::chrono::steady_clock::time_point;
  static inline boost::asio::execution_context::id id;

  explicit virtual_time(boost::asio::execution_context& owner) : service{owner} {}

  [[nodiscard]] time_point now() const noexcept { return now_; }
  /// When the first sleeper is to be woken.
  [[nodiscard]] std::optional<time_point> next() const noexcept;
  /// Wakes what is due.
  void advance_to(time_point now);
  /// `of`: whom `wake` may wake before the time.
  [[nodiscard]] task<void> sleep(std::chrono::nanoseconds time, const void* of = nullptr);
  void wake(const void* of) noexcept;

 private:
  struct sleeper {
    time_point until;
    boost::asio::steady_timer* timer;
    const void* of;
    bool woken = false;
  };
  class bed;
  void shutdown() noexcept override {}

  time_point now_{std::chrono::hours{24}};
  std::list<sleeper> sleepers_;
};

}  // namespace baton::session
