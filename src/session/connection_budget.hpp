// How many connections there are, in all and per peer address, against their limits. Shared by all
// workers, touched once when a connection comes and once when it goes, never by a request. Connections are counted
// per address without a limit too: one that is set later finds the right counts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include <baton/connection_info.hpp>

#include "net/moving_connection.hpp"

namespace baton::session {

/// Who a peer is for the limit: an IPv4 address, an IPv6 /64, or nobody (a unix peer).
struct peer_key {
  std::uint64_t bits = 0;
  bool counted = false;
  bool operator==(const peer_key&) const = default;
};
[[nodiscard]] peer_key key_of(const client_address& peer) noexcept;
[[nodiscard]] inline peer_key peer_of(const net::moving_connection& moved) noexcept {
  return {moved.peer_group, moved.peer_counted};
}

/// What is known of a connection when it comes.
struct connection_origin {
  connection_info info;
  peer_key peer;
  bool refused = false;    ///< over a limit: answered 503 and closed
  bool announced = false;  ///< a PROXY header is to come first; `peer` is nobody until then
  bool redirects = false;  ///< every request is sent to https
};

/// Any thread.
class connection_budget {
 public:
  /// Zero: no limit.
  connection_budget(std::size_t in_all, std::size_t per_address) noexcept
      : in_all_{in_all}, per_address_{per_address} {}

  /// Changes the limits. Connections over them stay; newcomers are judged.
  void limits(std::size_t in_all, std::size_t per_address) noexcept;

  enum class verdict : std::uint8_t {
    admitted,
    refused,   ///< over a limit; worth an answer
    hopeless,  ///< so far over it that even answers would exhaust the process
  };
  /// Unless `hopeless`, `leave` must follow when the connection has gone.
  [[nodiscard]] verdict enter(const peer_key& peer);
  /// For one that entered as nobody and has turned out to be `peer`. Unless `hopeless`, it is `peer` that must
  /// `leave`.
  [[nodiscard]] verdict name(const peer_key& peer);
  void leave(const peer_key& peer) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  /// Connections over the limit that are answered 503 at the same time.
  static constexpr std::size_t refusals = 32;

  std::atomic<std::size_t> in_all_;
  std::atomic<std::size_t> per_address_;
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::size_t> by_address_;  // guarded by mutex_
};

}  // namespace baton::session
