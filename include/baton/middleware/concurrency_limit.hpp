// How many requests may be behind it at once: for what bears no more (a database, a slow neighbour), or so that a
// burst waits in order instead of slowing everybody down.
#pragma once

#include <chrono>
#include <cstddef>

#include <baton/router.hpp>

namespace baton::with {

struct concurrency_limit_options {
  /// Requests behind it at once, of all workers. At least 1.
  std::size_t in_flight = 256;
  /// Requests that wait for one of those to end, first come, first served. Zero: none waits.
  std::size_t queue = 256;
  /// How long one waits. Zero: not at all.
  std::chrono::milliseconds patience{1'000};
  /// `Retry-After` of the 503 (code `overloaded`) for one that finds the queue full or has waited too long.
  std::chrono::seconds retry_after{1};
};

/// Counts until the handler has returned its answer; what a streamed one writes later is not counted. Throws
/// std::invalid_argument for a limit of zero.
[[nodiscard]] middleware concurrency_limit(concurrency_limit_options how = {});

}  // namespace baton::with
