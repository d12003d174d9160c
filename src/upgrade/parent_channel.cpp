#include "upgrade/parent_channel.hpp"

#include <utility>

#include <unistd.h>

#include "base/log.hpp"
#include "os/descriptors.hpp"
#include "os/listen_environment.hpp"
#include "os/message_socket.hpp"
#include "upgrade/handover_message.hpp"

namespace baton::upgrade {
namespace {

constexpr os::fd_view standard_error_place{2};

os::result<start_message> read_start(os::fd_view channel, std::chrono::milliseconds patience) {
  const auto there = os::wait_readable(channel, static_cast<int>(patience.count()));
  if (!there) return there.error();
  if (!*there) return os::last_error("wait for START on the hand-over channel", ETIMEDOUT);
  const auto received = os::receive_message(channel, max_message_size);
  if (!received) return received.error();
  if (received->outcome != os::message_outcome::message) {
    return os::error{"the predecessor closed the hand-over channel without START", {}};
  }
  auto message = decode(received->bytes);
  if (!message) return message.error();
  if (auto* const start = std::get_if<start_message>(&*message)) return std::move(*start);
  return os::error{"the first message on the hand-over channel is not START", {}};
}

std::vector<inherited_listeners::entry> entries_of(std::vector<os::inherited_descriptor> listeners,
                                                   std::vector<std::string> specs) {
  std::vector<inherited_listeners::entry> entries;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    entries.push_back({i < specs.size() ? std::move(specs[i]) : std::string{}, std::move(listeners[i].fd)});
  }
  return entries;
}

}  // namespace

parent_channel::parent_channel(os::unique_fd channel, os::unique_fd standard_error) noexcept
    : channel_{std::move(channel)}, standard_error_{std::move(standard_error)} {}

parent_channel::~parent_channel() = default;

os::result<void> parent_channel::send(const handover_message& message) {
  if (watched_) return watched_->send_now(message);
  if (!channel_) return os::last_error("the hand-over channel", EPIPE);
  const auto bytes = encode(message);
  if (!bytes) return bytes.error();
  return os::send_message(channel_, *bytes);
}

os::result<void> parent_channel::ready(std::vector<std::string> unwanted) {
  // First the descriptors: the predecessor may end as soon as it has read the message.
  if (standard_error_) {
    if (const auto replaced = os::replace(standard_error_place, standard_error_); !replaced) return replaced.error();
    standard_error_.reset();
  }
  ready_message message;
  message.pid = static_cast<std::uint32_t>(::getpid());
  message.unwanted = std::move(unwanted);
  return send(message);
}

void parent_channel::failed(std::string_view reason) noexcept {
  try {
    static_cast<void>(send(failed_message{std::string{reason}}));
  } catch (...) {  // the predecessor learns it from our exit then
  }
}

os::result<received_state> parent_channel::receive_state(std::uint64_t limit,
                                                         std::chrono::milliseconds patience) const {
  return upgrade::receive_state(channel_, limit, patience);
}

void parent_channel::watch(boost::asio::io_context& context, parent_events events) {
  events_ = std::move(events);
  watched_.emplace(context, std::move(channel_));
  channel_events calls;
  calls.on_message = [this](incoming_message incoming) { take(std::move(incoming)); };
  // A later version may say more to us than we know.
  calls.on_garbage = [](const std::string& why) { log::debug("from the predecessor: {}", why); };
  calls.on_end = [this] { end(); };
  watched_->listen(std::move(calls));
}

void parent_channel::say(const handover_message& message) {
  if (watched_) watched_->send(message);
}

void parent_channel::take(incoming_message incoming) {
  // Copies: what is called may destroy this.
  const auto call = [](const std::function<void()>& event) {
    if (const auto copy = event) copy();
  };
  if (std::holds_alternative<released_message>(incoming.message)) return call(events_.released);
  if (std::holds_alternative<drained_message>(incoming.message)) return call(events_.drained);
  if (std::holds_alternative<taken_back_message>(incoming.message)) return call(events_.taken_back);
  if (const auto copy = events_.on_message) copy(std::move(incoming));
}

void parent_channel::end() {
  const auto gone = std::exchange(events_.gone, nullptr);
  watched_.reset();  // nothing more to learn, and no generation keeps what the first one did not have
  if (gone) gone();
}

os::result<inheritance> inherit(std::chrono::milliseconds patience) {
  auto taken = os::take_listen_environment();
  if (!taken) return taken.error();
  inheritance inherited;
  if (!taken->channel) {
    inherited.listeners = inherited_listeners{entries_of(std::move(taken->listeners), {})};
    return inherited;
  }
  auto start = read_start(taken->channel, patience);
  if (!start) return start.error();
  if (start->specs.size() != taken->listeners.size()) {
    return os::error{"START names " + std::to_string(start->specs.size()) + " listeners, LISTEN_FDS has " +
                         std::to_string(taken->listeners.size()),
                     {}};
  }
  inherited.listeners = inherited_listeners{entries_of(std::move(taken->listeners), std::move(start->specs))};
  inherited.parent = std::make_unique<parent_channel>(std::move(taken->channel), std::move(taken->standard_error));
  inherited.generation = start->generation;
  return inherited;
}

}  // namespace baton::upgrade
