// Connections on their way between two processes: taken from the workers, sent in batches over the
// hand-over channel, and let go of when the other process says that it has them. The same class takes
// them in on the other side.
//
// A connection is never in two processes at once, and never in none. The sender keeps its descriptor,
// and reads nothing from it, until the batch is acknowledged; the receiver acknowledges before it reads.
// What is refused comes back to its worker, and so does everything unacknowledged when the other process
// has ended: it has not read a byte of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "net/moving_connection.hpp"
#include "session/worker_context.hpp"
#include "upgrade/handover_channel.hpp"

namespace baton {

class server_core;

/// The control thread's.
class connection_mover {
 public:
  explicit connection_mover(server_core& core) noexcept : core_{core} {}

  /// From now on connections go there; `channel` must live until `close`.
  void open(upgrade::handover_channel& channel);
  /// The other process has ended, or takes no more: what it has not acknowledged comes back to its worker,
  /// and so does what departs from now on.
  void close();

  /// Connections that have left `from`.
  void depart(session::worker_context& from, std::vector<net::moving_connection> leaving);
  void acknowledged(const upgrade::adopted_message& answer);

  /// Connections that come from the other process.
  void take(upgrade::incoming_message& incoming, upgrade::handover_channel& channel);

  /// Since `open`.
  [[nodiscard]] std::size_t moved() const noexcept { return moved_; }
  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }
  /// In all.
  [[nodiscard]] std::size_t arrived() const noexcept { return arrived_; }

 private:
  struct batch {
    session::worker_context* home = nullptr;
    upgrade::connections_message content;
  };

  // So many batches are on their way at once: descriptors in flight count against RLIMIT_NOFILE.
  static constexpr std::size_t window = 8;
  static constexpr std::size_t max_batch_bytes = 32 * 1024;

  void send_waiting();
  void send(batch next);
  void give_back(batch lost);

  server_core& core_;
  upgrade::handover_channel* channel_ = nullptr;
  std::deque<batch> waiting_;
  std::map<std::uint32_t, batch> sent_;
  std::uint32_t serial_ = 0;
  std::size_t moved_ = 0;
  std::size_t refused_ = 0;
  std::size_t arrived_ = 0;
};

}  // namespace baton
