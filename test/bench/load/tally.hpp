// What a run has seen: requests, bytes, errors and latencies within the measured time. What happens before
// it (warming up) or after it is let go by; only errors count always, since a run with one is not sound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "histogram.hpp"
#include "options.hpp"

namespace baton::bench {

class tally {
 public:
  using time = steady::time_point;

  explicit tally(const options& wanted);

  /// The measured time begins when the time to warm up has passed from now. Until this is called nothing is measured.
  void start() noexcept;

  [[nodiscard]] time begin() const noexcept { return begin_; }
  [[nodiscard]] time end() const noexcept { return end_; }
  [[nodiscard]] bool measures(time at) const noexcept { return at >= begin_ && at < end_; }

  /// `count` requests sent at `since` were answered now.
  void answered(time now, time since, std::uint64_t count = 1) noexcept;
  /// Requests or events whose latency means nothing.
  void happened(time now, std::uint64_t count) noexcept;
  /// One due at `due` was answered now; belongs to the run if it was due within it, however late it comes.
  void answered_due(time now, time due) noexcept;
  /// The load generator was so late to send what could have gone.
  void late(time now, time due) noexcept;
  /// One due at `due` was never sent.
  void unsent(time due) noexcept;
  void received(time now, std::size_t bytes) noexcept;
  void connected(time now) noexcept;
  /// Something failed; the first few are said on standard error.
  void failed(const std::string& what);
  /// A further number of the report.
  void note(const std::string& name, std::uint64_t value) { notes_[name] = value; }

  [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }
  /// One line of JSON, without its end.
  [[nodiscard]] std::string json() const;

 private:
  void in_window(time now, std::uint64_t count) noexcept;

  // constant after construction
  const steady::duration warm_;
  const steady::duration length_;
  const steady::duration window_;
  const bool all_latencies_;

  time begin_ = time::max();
  time end_ = time::max();
  std::uint64_t requests_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t connects_ = 0;
  histogram latencies_;
  histogram lateness_;
  std::vector<std::uint64_t> windows_;
  std::map<std::string, std::uint64_t> notes_;
};

}  // namespace baton::bench
