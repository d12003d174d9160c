// What a process that was started by a predecessor does about it, as long as the predecessor is there:
// a sign of life every second, the program's own health check, and the way back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "upgrade/parent_channel.hpp"

namespace baton {

/// The control thread's.
class predecessor_link {
 public:
  /// `healthy`: the program's check; empty: always well. Called on the control thread once a second.
  predecessor_link(boost::asio::io_context& context, std::unique_ptr<upgrade::parent_channel> channel,
                   std::function<bool()> healthy);

  /// True until the predecessor has gone, or if there never was one false.
  [[nodiscard]] bool there() const noexcept { return channel_ != nullptr; }

  /// As parent_channel::receive_state; before `watch`. Nothing comes where there is no predecessor.
  [[nodiscard]] os::result<upgrade::received_state> receive_state(std::uint64_t limit,
                                                                  std::chrono::milliseconds patience) const;
  /// As parent_channel::watch; `gone` is called once `there` is false.
  void watch(upgrade::parent_events events);
  /// Says READY; from now on signs of life follow.
  void ready(std::vector<std::string> unwanted);
  void failed(std::string_view reason) noexcept;

  /// This process ends because it was told to, not for a fault: it is not to be taken back.
  void stopping();
  /// No guard any longer: the next upgrade is wanted.
  void dismiss();
  void roll_back(std::string_view by);

  [[nodiscard]] upgrade::handover_channel* channel() noexcept { return channel_ ? channel_->channel() : nullptr; }

 private:
  void live();
  [[nodiscard]] std::string complaint() const;

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<upgrade::parent_channel> channel_;
  std::function<bool()> healthy_;
  bool ready_ = false;
  bool failed_ = false;
};

}  // namespace baton
