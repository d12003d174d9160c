#include "session/virtual_time.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace baton::session {

// A sleeper's place in the list, for as long as its coroutine waits.
class virtual_time::bed {
 public:
  bed(virtual_time& clock, time_point until, boost::asio::steady_timer& timer, const void* of)
      : clock_{clock}, place_{clock.sleepers_.insert(clock.sleepers_.end(), {until, &timer, of})} {}
  bed(const bed&) = delete;
  bed& operator=(const bed&) = delete;
  ~bed() { clock_.sleepers_.erase(place_); }
  [[nodiscard]] bool woken() const noexcept { return place_->woken; }

 private:
  virtual_time& clock_;
  std::list<sleeper>::iterator place_;
};

std::optional<virtual_time::time_point> virtual_time::next() const noexcept {
  std::optional<time_point> first;
  for (const sleeper& each : sleepers_) {
    if (!each.woken && (!first || each.until < *first)) first = each.until;
  }
  return first;
}

void virtual_time::advance_to(time_point now) {
  now_ = std::max(now_, now);
  for (sleeper& each : sleepers_) {
    if (each.woken || each.until > now_) continue;
    each.woken = true;
    each.timer->cancel();
  }
}

void virtual_time::wake(const void* of) noexcept {
  for (sleeper& each : sleepers_) {
    if (each.of != of || each.woken) continue;
    each.woken = true;
    each.timer->cancel();
  }
}

task<void> virtual_time::sleep(std::chrono::nanoseconds time, const void* of) {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  timer.expires_at(time_point::max());
  const bed here{*this, now_ + std::chrono::duration_cast<time_point::duration>(time), timer, of};
  boost::system::error_code error;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
  if (!here.woken()) throw boost::system::system_error{error};
}

}  // namespace baton::session
