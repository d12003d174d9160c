// All deadlines of one worker, in one wheel. Arming costs a store where the new deadline is later
// than the one the entry is filed under (the usual case: every request moves its connection's
// deadline on); the entry is refiled when its slot comes round. No timer object per operation: a
// steady_timer per request costs 3 to 9% of throughput.
//
// Knows no clock: the worker tells it the time, tests tell it any time they like. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include <boost/intrusive/list.hpp>

namespace baton::net {

/// Coarse: `tick` apart. A deadline fires less than two ticks late, never early.
using wheel_time = std::chrono::steady_clock::time_point;

class timer_wheel;

/// Something with a deadline. Leaves the wheel when it is destroyed.
class timer_entry {
 public:
  timer_entry(const timer_entry&) = delete;
  timer_entry& operator=(const timer_entry&) = delete;
  [[nodiscard]] bool armed() const noexcept { return hook_.is_linked() && due_ != never; }

 protected:
  timer_entry() = default;
  ~timer_entry() = default;
  /// The deadline has passed; the entry is no longer armed. May arm again or destroy itself.
  virtual void on_deadline() = 0;

 private:
  friend class timer_wheel;
  using hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  static constexpr std::uint64_t never = ~std::uint64_t{0};
  hook hook_;
  std::uint64_t due_ = never;    // in ticks
  std::uint64_t filed_ = never;  // the tick whose slot holds the entry; not later than due_
};

class timer_wheel {
 public:
  static constexpr std::chrono::milliseconds tick{100};

  explicit timer_wheel(wheel_time start) noexcept : start_{start} {}

  /// `entry` fires once, when `delay` has passed. It is counted from a tick after the last `advance`,
  /// which the present time has not reached yet.
  void arm(timer_entry& entry, std::chrono::milliseconds delay) noexcept;
  void disarm(timer_entry& entry) noexcept { entry.due_ = timer_entry::never; }

  /// The time is `now`: fires what is due. Returns how many fired.
  std::size_t advance(wheel_time now);

  /// The time of the last `advance`, at most a tick old while the worker runs.
  [[nodiscard]] wheel_time now() const noexcept { return start_ + ticks_ * tick; }

 private:
  using entry_list =
      boost::intrusive::list<timer_entry,
                             boost::intrusive::member_hook<timer_entry, timer_entry::hook, &timer_entry::hook_>,
                             boost::intrusive::constant_time_size<false>>;
  static constexpr std::size_t slot_count = 1024;  // 102 s in one turn; a later deadline is refiled each turn

  void file(timer_entry& entry, std::uint64_t at) noexcept;
  std::size_t fire_slot(std::uint64_t at);

  wheel_time start_;
  std::uint64_t ticks_ = 0;
  std::array<entry_list, slot_count> slots_;
};

}  // namespace baton::net
