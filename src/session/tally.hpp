// A count that one thread keeps and others look at.
#pragma once

#include <atomic>
#include <cstdint>

namespace baton::session {

/// `add` from one thread alone: a load and a store, no locked instruction. `value` from any; it may be a moment old.
class tally {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

}  // namespace baton::session
