#include "upgrade/parent_channel.hpp"

#include <utility>

#include <unistd.h>

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

os::fd_view parent_channel::channel() const noexcept {
  if (!watched_) return channel_;
  // native_handle() is not const, and tells the same as long as the watch holds the channel.
  return os::fd_view{const_cast<boost::asio::posix::stream_descriptor&>(*watched_).native_handle()};
}

os::result<void> parent_channel::ready() {
  // First the descriptors: the predecessor may end as soon as it has read the message.
  if (standard_error_) {
    if (const auto replaced = os::replace(standard_error_place, standard_error_); !replaced) return replaced.error();
    standard_error_.reset();
  }
  const auto message = encode(ready_message{static_cast<std::uint32_t>(::getpid())});
  return os::send_message(channel(), *message);
}

void parent_channel::failed(std::string_view reason) noexcept {
  try {
    const auto message = encode(failed_message{std::string{reason}});
    static_cast<void>(os::send_message(channel(), *message));
  } catch (...) {  // the predecessor learns it from our exit then
  }
}

void parent_channel::watch(boost::asio::io_context& context, std::function<void()> gone,
                           std::function<void()> released) {
  gone_ = std::move(gone);
  released_ = std::move(released);
  if (watched_) return;
  watched_.emplace(context, channel_.release());
  wait();
}

void parent_channel::wait() {
  watched_->async_wait(boost::asio::posix::descriptor_base::wait_read,
                       [this, alive = std::weak_ptr{alive_}](boost::system::error_code failure) {
                         if (!failure && !alive.expired()) readable();
                       });
}

void parent_channel::readable() {
  for (;;) {
    const auto received = os::receive_message(channel(), max_message_size);
    const bool over = !received || received->outcome == os::message_outcome::end;
    if (over) break;
    if (received->outcome == os::message_outcome::would_block) {
      wait();
      return;
    }
    // A later version may say more to us than we know; it must not hold up the end-of-file.
    const auto message = decode(received->bytes);
    if (!message || !std::holds_alternative<released_message>(*message)) continue;
    const std::weak_ptr alive{alive_};
    if (const auto released = std::exchange(released_, nullptr)) released();
    if (alive.expired()) return;
  }
  watched_.reset();  // nothing more to learn, and no generation keeps what the first one did not have
  if (const auto gone = std::exchange(gone_, nullptr)) gone();
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
