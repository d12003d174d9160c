// How often a client may ask. A token bucket per client, kept as the one number that it comes to (GCRA: the time at
// which the bucket is full again), in a table of fixed size: nobody can make it grow. Where it is full, the client
// goes that has the most left: for one whose bucket is full again, nothing is lost by that.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <baton/router.hpp>

namespace baton::with {

struct rate_limit_options {
  /// So many requests in `per`, evenly refilled. At least 1.
  std::uint32_t requests = 100;
  std::chrono::milliseconds per{60'000};
  /// So many at once after a rest. Zero: as `requests`.
  std::uint32_t burst = 0;
  /// Whom a request counts for; an empty key: nobody, it is let through. By default the network of `request::client`:
  /// an IPv4 address, or the /64 of an IPv6 one. Peers on unix sockets are not limited, unless a proxy there names
  /// their client; those whose address is unknown, as a proxy's fields were unreadable, share one limit.
  std::function<std::string(const request&)> key;
  /// Clients remembered, 16 bytes each; rounded up to a power of two from 128.
  std::size_t clients = 65'536;
  /// Whether answers that are let through say what is left (`RateLimit`, `RateLimit-Policy`); a 429 always does.
  bool announce = true;
  /// The time; `request::steady_now` where empty. Any thread.
  std::function<std::chrono::steady_clock::time_point()> now;
};

/// 429 (code `rate_limited`) with `Retry-After` in whole seconds for a request over the limit. Throws
/// std::invalid_argument for a rate of zero, or beyond one request a nanosecond.
[[nodiscard]] middleware rate_limit(rate_limit_options how = {});

}  // namespace baton::with
