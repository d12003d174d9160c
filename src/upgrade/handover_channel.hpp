// One end of the channel between predecessor and successor: messages and descriptors in both directions,
// sent in their order, none lost while both live. It decides nothing and knows no generation.
//
// Sending never blocks: what the socket does not take waits in a queue. That is bounded by those who
// send: connections go a window at a time, everything else is a few messages.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/error.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/handover_message.hpp"

namespace baton::upgrade {

/// A message and what came with it.
struct incoming_message {
  handover_message message;
  std::vector<os::unique_fd> descriptors;
  bool cut = false;  ///< as in os::received_message
};

/// Called from the io_context, or from within `poll`; any may destroy the channel.
struct channel_events {
  std::function<void(incoming_message)> on_message{};
  /// Something that is no message of this build's protocol; later ones still come.
  std::function<void(const std::string& why)> on_garbage{};
  /// The other side has closed its end, which it only does by ending. The last call.
  std::function<void()> on_end{};
};

/// One thread: the one that runs the io_context.
class handover_channel {
 public:
  /// `socket`: an end of a SOCK_SEQPACKET pair, non-blocking. Throws boost::system::system_error if the
  /// reactor does not take it.
  handover_channel(boost::asio::io_context& context, os::unique_fd socket);
  handover_channel(const handover_channel&) = delete;
  handover_channel& operator=(const handover_channel&) = delete;

  /// Begins to receive.
  void listen(channel_events events);
  /// Takes what has come by now.
  void poll();

  /// Sends in its turn. `descriptors` stay the caller's and open until `sent` is called; `sent` is called
  /// within `send` if the socket takes it at once, and also when the other side has gone: then nothing
  /// will be received any more. A message over the limits is logged and dropped (`sent` is called).
  void send(const handover_message& message, std::vector<os::fd_view> descriptors = {},
            std::function<void()> sent = {});

  /// Sends past the queue, which must be empty, or says why not.
  os::result<void> send_now(const handover_message& message);

  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  struct outgoing {
    std::string bytes;
    std::vector<os::fd_view> descriptors;
    std::function<void()> sent;
  };
  enum class attempt : std::uint8_t { done, full, short_of_memory };

  void wait_readable();
  bool receive_one();
  void end();
  [[nodiscard]] attempt try_send(const outgoing& message);
  void send_queued();
  void wait_to_send(attempt why);
  [[nodiscard]] os::fd_view native() noexcept { return os::fd_view{socket_.native_handle()}; }

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer retry_;
  channel_events events_;
  std::deque<outgoing> queue_;
  bool waiting_to_send_ = false;
  bool ended_ = false;
  // Handlers hold it weakly: one may be queued already when this goes.
  std::shared_ptr<const int> alive_ = std::make_shared<const int>();
};

}  // namespace baton::upgrade
