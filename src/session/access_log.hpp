// Where the workers' access log lines go: one thread that writes what they hand over, so that a slow disk holds up no
// request. What it has not written yet is bounded; beyond that lines are dropped, counted, and the log says so.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "os/error.hpp"

namespace baton::session {

/// Any thread.
class access_log {
 public:
  access_log() = default;
  /// Writes what has been handed over; where a pipe takes nothing, for a second at most, and says what is lost.
  ~access_log();
  access_log(const access_log&) = delete;
  access_log& operator=(const access_log&) = delete;

  /// Lines go there from now on, once what was handed over before has been written; null: nowhere.
  void write_to(std::unique_ptr<log::destination> next);

  /// Takes whole lines. False: they are dropped, since there is no room.
  [[nodiscard]] bool take(std::string lines, std::size_t count);

  /// Bytes that may wait to be written.
  static constexpr std::size_t most_waiting = 8 * 1024 * 1024;

 private:
  struct item {
    std::string lines;
    std::unique_ptr<log::destination> next;  // not null, or `closes`: instead of lines
    bool closes = false;
  };
  void put(item what);
  void run();
  void write(const std::string& lines);
  void report(std::uint64_t dropped);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<item> waiting_;              // guarded by mutex_
  std::size_t waiting_bytes_ = 0;         // guarded by mutex_
  std::uint64_t dropped_ = 0;             // guarded by mutex_: since that was last said
  bool ending_ = false;                   // guarded by mutex_
  std::thread thread_;                    // guarded by mutex_ until it exists
  std::unique_ptr<log::destination> to_;  // the thread's
  bool failing_ = false;                  // the thread's: that has been said
};

/// What `access_log` says: a file, or standard error. Opens it.
[[nodiscard]] os::result<std::unique_ptr<log::destination>> open_access_log(const std::string& path);

}  // namespace baton::session
