// What the control thread tells the admin listener's worker: the newest status as text, and whether this process wants
// clients. One writes, the other looks, several times a second, so that neither ever waits for the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <baton/application.hpp>

namespace baton {

/// Any thread.
class status_board {
 public:
  void post(std::string status) {
    auto fresh = std::make_shared<const std::string>(std::move(status));
    const std::lock_guard lock{mutex_};
    text_.swap(fresh);
    serial_.fetch_add(1, std::memory_order_release);
  }
  /// Null before the first `post`.
  [[nodiscard]] std::shared_ptr<const std::string> text() const {
    const std::lock_guard lock{mutex_};
    return text_;
  }
  /// Another one with each `post`.
  [[nodiscard]] std::uint64_t serial() const noexcept { return serial_.load(std::memory_order_acquire); }

  // Set by the control thread.
  std::atomic<bool> ready = false;      ///< wants clients
  std::atomic<bool> passed_on = false;  ///< event streams are to end: another process has the listener
  std::atomic<phase> now = phase::starting;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const std::string> text_;  // guarded by mutex_
  std::atomic<std::uint64_t> serial_ = 0;
};

}  // namespace baton
