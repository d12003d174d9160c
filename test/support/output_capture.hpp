// What a child writes to one of its standard streams, read by a thread of its own so that the child
// never blocks on a full pipe. Bounded: the first megabytes are kept, the rest is read and dropped.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "support/descriptor.hpp"
#include "support/eventually.hpp"

namespace baton::test {

class output_capture {
 public:
  static constexpr std::size_t capacity = std::size_t{4} << 20;

  /// `read_end` of a pipe.
  explicit output_capture(descriptor read_end);
  /// Stops reading, even if some process still holds the pipe open.
  ~output_capture();
  output_capture(const output_capture&) = delete;
  output_capture& operator=(const output_capture&) = delete;

  /// What has come so far. Any thread.
  [[nodiscard]] std::string text() const;
  /// Whether `part` is, or comes within `limit` to be, part of the text after its first `from` bytes.
  [[nodiscard]] bool has(std::string_view part, std::chrono::milliseconds limit = patience, std::size_t from = 0) const;
  /// Waits until every writer has closed its end.
  [[nodiscard]] bool ended(std::chrono::milliseconds limit = patience) const;

 private:
  void run();
  void append(std::string_view piece);

  descriptor pipe_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string text_;    // under mutex_
  bool ended_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace baton::test
