#include "upgrade/handover_channel.hpp"

#include <utility>

#include "base/log.hpp"
#include "os/message_socket.hpp"

namespace baton::upgrade {
namespace {

// For what is no fault of the socket: memory, or too many descriptors on their way (unix(7), ETOOMANYREFS).
constexpr std::chrono::milliseconds retry_pause{10};

}  // namespace

handover_channel::handover_channel(boost::asio::io_context& context, os::unique_fd socket)
    : socket_{context}, retry_{context} {
  socket_.assign(socket.get());
  static_cast<void>(socket.release());
}

void handover_channel::listen(channel_events events) {
  events_ = std::move(events);
  wait_readable();
}

void handover_channel::wait_readable() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this, alive = std::weak_ptr{alive_}](boost::system::error_code failure) {
                       if (failure || alive.expired()) return;
                       poll();
                       if (!alive.expired() && !ended_) wait_readable();
                     });
}

void handover_channel::poll() {
  const std::weak_ptr alive{alive_};
  while (!ended_ && receive_one() && !alive.expired()) {
  }
}

// False: nothing more has come, or this may be gone.
bool handover_channel::receive_one() {
  auto received = os::receive_message(native(), max_message_size, max_connections);
  const std::weak_ptr alive{alive_};
  if (!received) {
    if (received.error().code.value() != EMSGSIZE) {
      end();
      return false;
    }
    if (events_.on_garbage) events_.on_garbage(received.error().text());
    return !alive.expired();
  }
  if (received->outcome == os::message_outcome::would_block) return false;
  if (received->outcome == os::message_outcome::end) {
    end();
    return false;
  }
  auto message = decode(received->bytes);
  if (!message) {
    if (events_.on_garbage) events_.on_garbage(message.error().text());
  } else if (events_.on_message) {
    // A copy: the callback may destroy this.
    const auto on_message = events_.on_message;
    on_message({std::move(*message), std::move(received->descriptors), received->cut});
  }
  return !alive.expired();
}

void handover_channel::end() {
  ended_ = true;
  retry_.cancel();
  socket_.close();
  const std::weak_ptr alive{alive_};
  for (const outgoing& lost : std::exchange(queue_, {})) {
    if (lost.sent) lost.sent();
    if (alive.expired()) return;
  }
  if (const auto on_end = std::exchange(events_.on_end, nullptr)) on_end();
}

void handover_channel::send(const handover_message& message, std::vector<os::fd_view> descriptors,
                            std::function<void()> sent) {
  auto bytes = encode(message);
  if (!bytes) {
    log::error("{}; it is not sent", bytes.error().text());
    if (sent) sent();
    return;
  }
  queue_.push_back({std::move(*bytes), std::move(descriptors), std::move(sent)});
  if (!waiting_to_send_) send_queued();
}

os::result<void> handover_channel::send_now(const handover_message& message) {
  if (ended_) return os::last_error("sendmsg", EPIPE);
  const auto bytes = encode(message);
  if (!bytes) return bytes.error();
  return os::send_message(native(), *bytes);
}

handover_channel::attempt handover_channel::try_send(const outgoing& message) {
  if (ended_) return attempt::done;
  const auto sent = os::send_message(native(), message.bytes, message.descriptors);
  if (sent) return attempt::done;
  switch (sent.error().code.value()) {
    case EAGAIN:
      return attempt::full;
    case ENOMEM:
    case ENOBUFS:
    case ETOOMANYREFS:
      return attempt::short_of_memory;
    case EPIPE:
    case ECONNRESET:
      return attempt::done;  // the other side has gone, and reading will tell
    default:
      log::error("a hand-over message cannot be sent: {}", sent.error().text());
      return attempt::done;
  }
}

void handover_channel::send_queued() {
  const std::weak_ptr alive{alive_};
  while (!queue_.empty()) {
    const attempt result = try_send(queue_.front());
    if (result != attempt::done) return wait_to_send(result);
    const outgoing done = std::move(queue_.front());
    queue_.pop_front();
    if (done.sent) done.sent();
    if (alive.expired()) return;
  }
}

void handover_channel::wait_to_send(attempt why) {
  waiting_to_send_ = true;
  auto again = [this, alive = std::weak_ptr{alive_}](boost::system::error_code failure) {
    if (failure || alive.expired()) return;
    waiting_to_send_ = false;
    send_queued();
  };
  if (why == attempt::full) return socket_.async_wait(boost::asio::posix::descriptor_base::wait_write, again);
  retry_.expires_after(retry_pause);
  retry_.async_wait(again);
}

}  // namespace baton::upgrade
