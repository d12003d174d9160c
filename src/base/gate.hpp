// Counts what is running, and tells once when, after closing, nothing is left: the end of a drain
// without polling. Seastar's gate gave the idea; it hands out a future, which would bring an executor
// in here. A shared_ptr's last release would do the counting too, but not say which thread it ran on.
//
// Entering a closed gate is allowed: a connection that the kernel had already accepted is still served
// in a drain. Whoever wants to refuse asks `closed()` first.
#pragma once

#include <cassert>
#include <cstddef>
#include <functional>
#include <utility>

namespace baton {

/// One thread only.
class gate {
 public:
  gate() = default;
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  /// What has entered must have left.
  ~gate() { assert(count_ == 0); }

  void enter() noexcept { ++count_; }

  /// May call the callback of `close`, as the very last thing: the callback may destroy the gate.
  void leave() {
    assert(count_ > 0);
    --count_;
    complete_if_empty();
  }

  /// Calls `done` once, as soon as the count is zero: in this call if it is zero already, or in the
  /// `leave` that makes it so. Must not be called a second time unless it was reopened. `done` may
  /// destroy the gate.
  void close(std::function<void()> done) {
    assert(!closed_);
    closed_ = true;
    done_ = std::move(done);
    complete_if_empty();
  }

  /// As if it had never been closed; a callback that has not been called is forgotten.
  void reopen() noexcept {
    closed_ = false;
    done_ = nullptr;
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

 private:
  void complete_if_empty() {
    if (count_ != 0 || !done_) return;
    const auto done = std::exchange(done_, nullptr);
    done();
  }

  std::size_t count_ = 0;
  bool closed_ = false;
  std::function<void()> done_;  // empty before `close` and after the call
};

}  // namespace baton
