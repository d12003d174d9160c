// Waiting for what another process or thread brings about: a condition, polled, with a deadline. Tests
// never sleep for a guessed time; they wait until something is so, and fail when it takes too long.
#pragma once

#include <chrono>
#include <thread>

namespace baton::test {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitised = true;
#else
inline constexpr bool sanitised = false;
#endif

/// How long something may take that normally takes a moment. Only a failing test waits so long.
inline constexpr std::chrono::milliseconds patience = sanitised ? 40s : 15s;

/// Calls `holds` until it is true or `limit` has passed; whether it was true in time. It is called at
/// least once, and once more after the limit.
template <class Predicate>
[[nodiscard]] bool eventually(std::chrono::milliseconds limit, Predicate&& holds) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return holds();
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace baton::test
