// A network between client and server: a TCP proxy on the loopback address that delivers every byte,
// FIN and RST a fixed time after it came, each way, in order. Many races between a server that closes
// and a client that sends show only there; on plain loopback both learn everything at once.
//
// One thread, one epoll. The delay is the same for all, so what is under way forms one queue for all
// connections, ordered by itself. Rejected: `tc netem` (wants privileges, delays everybody's loopback)
// and a thread per connection (its wake-ups would be what is measured).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "support/endpoint.hpp"

namespace baton::test {

class relay {
 public:
  /// Bytes that may be under way or wait for a slow reader, each way of each connection; a writer that
  /// is ahead by more is not read from.
  static constexpr std::size_t capacity = std::size_t{1} << 20;

  /// Throws std::system_error.
  relay(endpoint target, std::chrono::microseconds each_way);
  /// Cuts what is still connected.
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  /// Where clients connect to. The connection to the target is made after the delay; if that fails, the
  /// client sees a reset.
  [[nodiscard]] endpoint address() const;
  /// Accepted and not yet over in both directions. Any thread.
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class engine;
  std::unique_ptr<engine> engine_;
};

}  // namespace baton::test
