#include "upgrade/counter_link.hpp"

#include <utility>

namespace baton::upgrade {

void send_counters(handover_channel& to, std::vector<counter_value> values, counter_scope scope) {
  counters_message message;
  message.whole = scope == counter_scope::whole;
  for (counter_value& each : values) {
    message.counters.emplace_back(std::move(each.name), each.value);
    if (message.counters.size() < max_counters) continue;
    to.send(message);
    message.counters.clear();
  }
  if (!message.counters.empty()) to.send(message);
}

void counter_link::open(other_end to) {
  to_ = std::move(to);
  pass();
  wait();
}

void counter_link::pass() {
  // What is taken from the counters must have somewhere to go.
  handover_channel* const to = to_ ? to_() : nullptr;
  if (to != nullptr) send_counters(*to, counters_.unsent(), counter_scope::difference);
}

void counter_link::close() noexcept {
  to_ = nullptr;
  timer_.cancel();
}

void counter_link::take(const counters_message& received) {
  std::vector<counter_value> values;
  for (const auto& [name, value] : received.counters) values.push_back({name, value});
  counters_.merge(values);
}

void counter_link::wait() {
  constexpr std::chrono::milliseconds interval{100};
  timer_.expires_after(interval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || !to_) return;
    pass();
    wait();
  });
}

}  // namespace baton::upgrade
