// An end to handlers that take too long.
#pragma once

#include <chrono>

#include <baton/router.hpp>

namespace baton::with {

/// After `longest` the coroutine behind is cancelled (terminal cancellation: what it awaits completes with
/// operation_aborted), and when it has ended, whatever its result, the answer is 503 with the code `timeout`. A
/// handler that takes no notice of cancellation is waited for: it refers to the request. One that computes without
/// awaiting, or runs on the blocking pool, cannot be cancelled. A timer per request. What a streamed answer writes
/// later is not within the time. Throws std::invalid_argument unless `longest` is positive.
[[nodiscard]] middleware timeout(std::chrono::milliseconds longest);

}  // namespace baton::with
