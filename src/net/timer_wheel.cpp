#include "net/timer_wheel.hpp"

#include <algorithm>

namespace baton::net {

void timer_wheel::arm(timer_entry& entry, std::chrono::milliseconds delay) noexcept {
  // One more than the whole ticks, because the current tick has begun already: late, never early.
  const auto delta = static_cast<std::uint64_t>(std::max<std::int64_t>(delay.count(), 0));
  const auto per_tick = static_cast<std::uint64_t>(tick.count());
  entry.due_ = ticks_ + (delta + per_tick - 1) / per_tick + 1;
  if (!entry.hook_.is_linked() || entry.filed_ > entry.due_) file(entry, entry.due_);
}

void timer_wheel::file(timer_entry& entry, std::uint64_t at) noexcept {
  if (entry.hook_.is_linked()) entry.hook_.unlink();
  entry.filed_ = std::min(at, ticks_ + slot_count - 1);
  slots_[entry.filed_ % slot_count].push_back(entry);
}

std::size_t timer_wheel::advance(wheel_time now) {
  const auto target = static_cast<std::uint64_t>(std::max<std::int64_t>((now - start_) / tick, 0));
  std::size_t fired = 0;
  // After a long pause every slot is visited once; what it holds is compared with the new time.
  const std::uint64_t first = target > ticks_ + slot_count ? target - slot_count + 1 : ticks_ + 1;
  if (target <= ticks_) return 0;
  ticks_ = target;
  for (std::uint64_t at = first; at <= target; ++at) fired += fire_slot(at);
  return fired;
}

std::size_t timer_wheel::fire_slot(std::uint64_t at) {
  std::size_t fired = 0;
  entry_list due;
  due.swap(slots_[at % slot_count]);
  while (!due.empty()) {
    timer_entry& entry = due.front();
    due.pop_front();
    entry.filed_ = timer_entry::never;
    if (entry.due_ == timer_entry::never) continue;
    if (entry.due_ > ticks_) {
      file(entry, entry.due_);
      continue;
    }
    entry.due_ = timer_entry::never;
    ++fired;
    entry.on_deadline();
  }
  return fired;
}

}  // namespace baton::net
