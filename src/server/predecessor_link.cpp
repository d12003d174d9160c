#include "server/predecessor_link.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace baton {
namespace {

constexpr std::chrono::seconds pulse{1};

}  // namespace

predecessor_link::predecessor_link(boost::asio::io_context& context, std::unique_ptr<upgrade::parent_channel> channel,
                                   std::function<bool()> healthy)
    : context_{context}, timer_{context}, channel_{std::move(channel)}, healthy_{std::move(healthy)} {}

os::result<upgrade::received_state> predecessor_link::receive_state(std::uint64_t limit,
                                                                    std::chrono::milliseconds patience) const {
  if (!channel_) return upgrade::received_state{};
  return channel_->receive_state(limit, patience);
}

void predecessor_link::watch(upgrade::parent_events events) {
  events.gone = [this, gone = std::move(events.gone)] {
    timer_.cancel();
    channel_.reset();
    if (gone) gone();
  };
  channel_->watch(context_, std::move(events));
}

void predecessor_link::ready(std::vector<std::string> unwanted) {
  if (const auto told = channel_->ready(std::move(unwanted)); !told) {
    log::warning("the previous generation has gone already: {}", told.error().text());
  }
  ready_ = true;
  live();
}

void predecessor_link::failed(std::string_view reason) noexcept {
  channel_->failed(reason);
}

// Once the check has failed there is nothing more to say: the predecessor takes back.
void predecessor_link::live() {
  timer_.expires_after(pulse);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || !channel_) return;
    const std::string wrong = failed_ ? std::string{} : complaint();
    if (wrong.empty()) {
      channel_->say(upgrade::alive_message{});
    } else {
      log::error("{}; the previous generation is asked to take back", wrong);
      failed_ = true;
      channel_->failed(wrong);
    }
    live();
  });
}

std::string predecessor_link::complaint() const {
  if (!healthy_) return {};
  try {
    return healthy_() ? std::string{} : "the health check has failed";
  } catch (const std::exception& error) {
    return std::string{"the health check has failed: "} + error.what();
  }
}

void predecessor_link::stopping() {
  if (channel_ && ready_) channel_->say(upgrade::stopping_message{});
}

void predecessor_link::dismiss() {
  if (channel_) channel_->say(upgrade::leave_message{});
}

void predecessor_link::roll_back(std::string_view by) {
  if (channel_) channel_->say(upgrade::roll_back_message{std::string{by}});
}

}  // namespace baton
