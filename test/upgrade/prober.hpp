// Asks without pause, on a new connection each time, and keeps account of what became of it. Whatever
// happens to the processes behind the address, a connection must never be refused.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/raw_client.hpp"

namespace baton::test {

class prober {
 public:
  /// From now on until `stop`, one request after the other for /generation.
  explicit prober(endpoint where);
  ~prober() { stop(); }
  prober(const prober&) = delete;
  prober& operator=(const prober&) = delete;

  void stop();

  /// Answered. Any thread.
  [[nodiscard]] std::size_t answered() const noexcept { return answered_; }
  /// Not connected. Any thread.
  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }
  /// Connected, but cut off without a whole answer: its process has died. Any thread.
  [[nodiscard]] std::size_t cut() const noexcept { return cut_; }
  /// The longest that an answer has taken. Any thread.
  [[nodiscard]] std::chrono::milliseconds longest() const noexcept { return std::chrono::milliseconds{longest_ms_}; }
  /// The first words of those refused or cut.
  [[nodiscard]] std::string words() const;

  /// Another answer comes, to a request made after this call.
  [[nodiscard]] bool progresses(std::chrono::milliseconds limit = patience) const;

 private:
  void run();
  void ask();
  void note(std::atomic<std::size_t>& where, const char* words);

  const endpoint where_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> answered_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::atomic<std::size_t> cut_ = 0;
  std::atomic<long> longest_ms_ = 0;
  mutable std::mutex mutex_;
  std::string words_;  // under mutex_
  std::thread thread_;
};

}  // namespace baton::test
