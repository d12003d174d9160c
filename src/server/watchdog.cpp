#include "server/watchdog.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace baton {

// Shared with the probes: a worker that answers late may find the watchdog, and its io_context, gone.
struct watchdog::door {
  std::mutex mutex;
  boost::asio::io_context* context;  // guarded by mutex; null: closed
  watchdog* owner;                   // the io_context's thread only
};

watchdog::watchdog(boost::asio::io_context& context, std::chrono::microseconds timeout, probe ask,
                   std::function<void()> alive)
    : interval_{std::max(timeout / 2, std::chrono::microseconds{1'000})},
      ask_{std::move(ask)},
      alive_{std::move(alive)},
      timer_{context},
      door_{new door{{}, &context, this}} {
  tick();
}

watchdog::~watchdog() {
  const std::lock_guard lock{door_->mutex};
  door_->context = nullptr;
  door_->owner = nullptr;
}

void watchdog::tick() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
  if (outstanding_) {
    if (!std::exchange(silent_, true)) {
      log::error("a worker has not answered for {} ms; the service manager's watchdog is told when it does",
                 interval_.count() / 1'000);
    }
    return;
  }
  outstanding_ = true;
  ask_([door = door_] {
    const std::lock_guard lock{door->mutex};
    if (door->context == nullptr) return;
    boost::asio::post(*door->context, [door] {
      if (door->owner != nullptr) door->owner->answered();
    });
  });
}

void watchdog::answered() {
  outstanding_ = false;
  if (std::exchange(silent_, false)) log::info("every worker answers again");
  alive_();
}

}  // namespace baton
