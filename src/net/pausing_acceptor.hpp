// Accepts from a listener that two generations share, on behalf of one of them at a time: it can pause
// without closing anything, and go on. For the few connections of the control socket; those of clients
// have net/acceptor.hpp, whose answers when descriptors run out are HTTP.
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/listener.hpp"

namespace baton::net {

/// One thread, the one that runs the io_context.
class pausing_acceptor {
 public:
  /// Gets each connection: non-blocking, close-on-exec. Must not throw.
  using sink = std::function<void(os::unique_fd)>;

  /// Paused at first.
  pausing_acceptor(boost::asio::io_context& context, listener socket, sink deliver);
  ~pausing_acceptor();
  pausing_acceptor(const pausing_acceptor&) = delete;
  pausing_acceptor& operator=(const pausing_acceptor&) = delete;

  /// Begins, or goes on after a pause. Throws boost::system::system_error where epoll takes no more.
  void start();
  /// Leaves what comes from now on to the queue, and so to whoever shares the listener.
  void pause() noexcept;
  /// Delivers what the queue holds at this moment, also while paused.
  void sweep();

  [[nodiscard]] const listener& source() const noexcept { return listener_; }

 private:
  void wait();
  void on_ready();
  [[nodiscard]] bool accept_one();
  void back_off();

  static constexpr int batch = 16;
  static constexpr std::chrono::milliseconds pause_without_descriptors{100};

  boost::asio::posix::stream_descriptor descriptor_;  // names the listener's socket while not paused
  boost::asio::steady_timer timer_;
  listener listener_;
  sink deliver_;
  bool complained_ = false;
};

}  // namespace baton::net
