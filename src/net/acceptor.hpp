// Accepts from one listener on one worker's thread and hands each connection on. The descriptor is
// waited for through Asio but accepted from directly: Asio's own accept sets no CLOEXEC.
//
// One acceptor dealing out to the workers, rather than SO_REUSEPORT shards: a shard's queue is lost
// when its socket closes, one shared queue survives every upgrade by itself.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/listener.hpp"

namespace baton::net {

/// A connection just accepted: non-blocking, close-on-exec.
struct accepted_socket {
  os::unique_fd socket;
  sockaddr_storage peer{};
  socklen_t peer_length = 0;
  int family = AF_INET;
};

class acceptor {
 public:
  /// Called on the acceptor's thread. The listener is this acceptor's.
  using sink = std::function<void(accepted_socket, const listener&)>;

  /// Once the io_context runs, on its thread. Throws boost::system::system_error if the socket cannot be waited for;
  /// it is still the caller's then.
  acceptor(boost::asio::io_context& context, listener&& socket, sink deliver);
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  ~acceptor();

  /// Begins to accept, or goes on after `pause`.
  void start();

  /// Delivers what the kernel's queue still holds (with `sweep`) and accepts no more; the listener stays
  /// open, out of epoll, and connections to it wait in its queue. Idempotent.
  void pause(bool sweep);

  /// Delivers what the kernel's queue still holds (with `sweep`), then lets go of the listener: the
  /// epoll registration is removed before the descriptor is closed, or the one that the next
  /// generation shares would stay in it. Idempotent. Handlers that refer to the acceptor may be queued already: it
  /// may be destroyed by what is posted afterwards, not before.
  void stop(bool sweep);
  [[nodiscard]] bool stopped() const noexcept { return !listener_.socket; }

  [[nodiscard]] const listener& source() const noexcept { return listener_; }
  /// From now on the listener goes by another text, and something else may be spoken on it.
  void rename(std::string spec, listen_scheme scheme) noexcept {
    listener_.spec = std::move(spec);
    listener_.scheme = scheme;
  }

 private:
  enum class accept_outcome : std::uint8_t { accepted, empty, exhausted };

  void wait();
  void on_ready();
  accept_outcome accept_one();
  void deliver(accepted_socket accepted);
  void back_off();
  void refuse_one();

  static constexpr int batch = 32;
  static constexpr std::chrono::milliseconds back_off_time{100};

  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  listener listener_;
  sink deliver_;
  os::unique_fd spare_;      // given up for a moment to answer 503 when descriptors have run out
  bool attached_ = true;     // the descriptor is in the reactor
  std::uint64_t round_ = 0;  // a wait that ends after a pause is told by it
  bool complained_ = false;
};

}  // namespace baton::net
