// One connection through the relay: two sockets, and what each still has to be given. See relay.hpp.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "support/descriptor.hpp"

namespace baton::test {

using relay_clock = std::chrono::steady_clock;

/// What comes to one end of a link.
enum class arrival : std::uint8_t { open, bytes, fin, reset };

struct relay_arrival {
  relay_clock::time_point due;
  std::uint64_t link = 0;
  int to = 0;  ///< 0: the client, 1: the server
  arrival what = arrival::bytes;
  std::string bytes;
};

class relay_link {
 public:
  /// `poll`: an epoll instance; events come with the key 2 * `id` for the client's socket and one more for
  /// the server's.
  relay_link(std::uint64_t id, int poll, descriptor client);
  relay_link(const relay_link&) = delete;
  relay_link& operator=(const relay_link&) = delete;

  /// The server's side; empty where it could not be reached.
  void open(descriptor server, relay_clock::time_point due, std::deque<relay_arrival>& under_way);
  /// Something happened on the socket of `side`; what it sent is put into `under_way`, `due` then.
  void on_event(int side, std::uint32_t events, relay_clock::time_point due, std::deque<relay_arrival>& under_way);
  /// What was due.
  void deliver(const relay_arrival& one);
  /// Both directions have ended, or a reset has arrived.
  [[nodiscard]] bool over() const noexcept;

 private:
  struct end {
    descriptor socket;
    std::uint32_t watched = 0;  // what epoll was asked for; meaningless unless `in_poll`
    bool in_poll = false;
    bool read_over = false;   // it has sent FIN or RST
    bool write_over = false;  // it has been sent FIN
    bool fin_waits = false;   // behind `waiting`
    bool deaf = false;        // it takes nothing any more
    bool dead = false;        // it has sent a reset, and that is under way
    std::string waiting;      // due, and not yet taken by the kernel
    std::size_t ahead = 0;    // read from it, and not yet taken by the other end's kernel
  };

  void read_from(int side, relay_clock::time_point due, std::deque<relay_arrival>& under_way);
  void write_to(int side);
  void rearm(int side);
  void leave_poll(end& one) const;
  void reset_all();

  const std::uint64_t id_;
  const int poll_;
  std::array<end, 2> ends_;
  bool reset_ = false;
};

}  // namespace baton::test
