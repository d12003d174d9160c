// Where connections wait that must begin with a PROXY header (`proxies.protocol`). It comes before all else, so this
// is a step of its own: a connection is made only when it is known whose it is, and neither the connection nor its
// transport knows of the header. Exactly the header is taken from the socket; what follows is the transport's, a TLS
// handshake too.
//
// One that waits counts as a connection of its worker: a drain waits for it, for no longer than `drain.fresh`, and
// the connection that comes of it is drained, or moved to the next process, like any other.
//
// Rejected: reading the header in session/connection, which would have to know it in its time-outs, when it parks and
// when it moves, and could not do it before a TLS handshake.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

#include "os/unique_fd.hpp"
#include "session/connection_budget.hpp"

namespace baton::session {

class worker_context;

/// One worker's thread.
class proxy_reception {
 public:
  explicit proxy_reception(worker_context& worker);
  /// Nothing may run on the worker's io_context any more, and `shed` must have been called.
  ~proxy_reception();
  proxy_reception(const proxy_reception&) = delete;
  proxy_reception& operator=(const proxy_reception&) = delete;

  /// Enters the connection into the worker once its header has come, within `timeouts.head`; closes it otherwise. The
  /// budget has counted it, as nobody's. Throws what making it may throw; it is the caller's to uncount it then.
  void receive(os::unique_fd socket, int family, connection_origin from);

  /// None waits for longer than `patience` from now.
  void hasten(std::chrono::milliseconds patience) noexcept;
  void close_all() noexcept;
  /// Takes all sockets away; see connection::shed.
  void shed() noexcept;

 private:
  class guest;
  using guest_list = std::list<std::unique_ptr<guest>>;

  worker_context& worker_;
  guest_list guests_;
};

}  // namespace baton::session
