#include "upgrade/counter_passing.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"
#include "upgrade/handed_name.hpp"

namespace baton::upgrade {

carried_counter& counter_passing::add(std::string name) {
  if (!is_handed_name(name)) throw std::invalid_argument{"a counter's name has 1 to 128 printable bytes"};
  if (find(name) != nullptr) throw std::invalid_argument{"there is a counter `" + name + "` already"};
  if (entries_.size() == max_carried_counters) throw std::invalid_argument{"too many counters"};
  entries_.push_back({std::move(name), std::make_unique<carried_counter>()});
  return *entries_.back().counter;
}

std::vector<counter_value> counter_passing::values() {
  if (gather_) gather_();
  std::vector<counter_value> all;
  for (const entry& each : entries_) {
    const std::uint64_t value = each.counter->value();
    each.counter->passed_ = value;
    if (value != 0) all.push_back({each.name, value});
  }
  return all;
}

std::vector<counter_value> counter_passing::unsent() {
  if (gather_) gather_();
  std::vector<counter_value> changed;
  for (const entry& each : entries_) {
    const std::uint64_t difference = take_unsent(*each.counter);
    if (difference != 0) changed.push_back({each.name, difference});
  }
  return changed;
}

void counter_passing::merge(const std::vector<counter_value>& received) {
  for (const counter_value& each : received) {
    if (carried_counter* const counter = find(each.name)) {
      counter->add(each.value);
      counter->passed_ += each.value;  // or it would be sent back
    } else if (!each.name.starts_with("baton.") && unknown_.size() < max_carried_counters &&
               unknown_.insert(each.name).second) {
      log::warning(
          "counter `{}` came from another generation, but this build has none of that name; its counts end here",
          each.name);
    }
  }
}

carried_counter* counter_passing::find(std::string_view name) noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.name == name; });
  return found == entries_.end() ? nullptr : found->counter.get();
}

std::uint64_t counter_passing::take_unsent(carried_counter& counter) noexcept {
  const std::uint64_t value = counter.value();
  return value - std::exchange(counter.passed_, value);
}

}  // namespace baton::upgrade
