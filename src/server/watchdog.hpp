// The service manager's watchdog, in a way that means something: it is told "alive" only when every worker
// has answered a probe since the last time. A loop that is stuck, in a handler that never returns or a
// deadlock, gets the process restarted; so does a handler that blocks its worker for longer than half of
// the watchdog's time, which belongs into `blocking`. Rejected: a timer on the control thread alone, which
// runs whatever has become of the workers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace baton {

/// The io_context's thread only, save for what `probe` is given.
class watchdog {
 public:
  /// Asks every worker; `answered` may be called from any thread, at any later time, once.
  using probe = std::function<void(std::function<void()> answered)>;

  /// Asks at once and then every half of `timeout`; `alive` is called after every complete answer. Nothing
  /// is asked while an answer is outstanding.
  watchdog(boost::asio::io_context& context, std::chrono::microseconds timeout, probe ask, std::function<void()> alive);
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

 private:
  struct door;

  void tick();
  void answered();

  const std::chrono::microseconds interval_;
  const probe ask_;
  const std::function<void()> alive_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<door> door_;
  bool outstanding_ = false;
  bool silent_ = false;  // a probe has been outstanding for an interval, which has been logged
};

}  // namespace baton
