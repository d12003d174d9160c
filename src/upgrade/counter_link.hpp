// Passes what is counted here on to the other generation, while both are there: at once when it begins, when
// somebody says so (before connections move, so that their clients see no number go back), and every
// tenth of a second.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "upgrade/counter_passing.hpp"
#include "upgrade/handover_channel.hpp"

namespace baton::upgrade {

/// How to reach the other generation; null once it has gone.
using other_end = std::function<handover_channel*()>;

enum class counter_scope : std::uint8_t { whole, difference };
/// In as many messages as it takes; none for none.
void send_counters(handover_channel& to, std::vector<counter_value> values, counter_scope scope);

/// One thread: the one that runs the io_context.
class counter_link {
 public:
  counter_link(boost::asio::io_context& context, counter_passing& counters) : timer_{context}, counters_{counters} {}
  counter_link(const counter_link&) = delete;
  counter_link& operator=(const counter_link&) = delete;

  void open(other_end to);
  /// Now; nothing happens unless open.
  void pass();
  void close() noexcept;
  void take(const counters_message& received);

 private:
  void wait();

  boost::asio::steady_timer timer_;
  counter_passing& counters_;
  other_end to_;
};

}  // namespace baton::upgrade
