// The control socket: a unix socket, for its owner and root alone, on which the process tells what it
// does and takes orders, in lines of JSON (server/control_json.hpp). batonctl is its usual client.
//
// The socket passes from generation to generation like the listeners. The one that serves accepts; the
// one before pauses, finishes with the clients it has, and keeps the socket in case it must take over
// again. So a client may connect at any time and is never refused: it waits in the socket's queue for a
// moment at most.
//
// Everything happens on the control thread. A worker that is blocked blocks nothing here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/pausing_acceptor.hpp"
#include "server/control_session.hpp"
#include "upgrade/inherited_listeners.hpp"

namespace baton {

/// Binds `path` with mode 0600, or takes the socket out of what was inherited. Nullopt for an empty path. Throws
/// as net::bind_listener does, also for a path on which somebody listens.
[[nodiscard]] std::optional<net::listener> open_control_socket(const std::string& path,
                                                               upgrade::inherited_listeners& inherited);

class control_server {
 public:
  static constexpr std::size_t most_clients = 32;
  static constexpr std::chrono::milliseconds interval{500};  ///< between two reports to a client that follows

  control_server(boost::asio::io_context& context, control_service service);
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

  /// From now on this is the socket; nullopt: there is none. The one before is closed, its path stays.
  void listen_on(std::optional<net::listener> socket);

  /// Begins to accept, or goes on after `pause`.
  void accept();
  /// Accepts no more, and keeps the clients and the socket.
  void pause() noexcept;

  /// To whoever follows: something is not as it was.
  void changed();

  /// The process ends. Answers what has been asked, then calls `done`; at once if there is nobody, after
  /// half a second at the latest. `sweep`: nobody shares the socket, so its queue is served too.
  void finish(bool sweep, std::function<void()> done);

  /// Where nobody takes the path over. At the end, or after a failed start.
  void remove_path() noexcept;
  /// Absolute; empty if there is no socket.
  [[nodiscard]] std::string path() const;
  /// For the next generation; null if there is no socket.
  [[nodiscard]] const net::listener* source() const noexcept { return acceptor_ ? &acceptor_->source() : nullptr; }

 private:
  void enter(os::unique_fd socket) noexcept;
  void left();
  void arm_tick();
  void let_go();

  boost::asio::io_context& context_;
  const control_service service_;
  std::vector<std::shared_ptr<control_session>> sessions_;
  std::unique_ptr<net::pausing_acceptor> acceptor_;  // null: no socket
  bool accepting_ = false;
  boost::asio::steady_timer ticker_;
  boost::asio::steady_timer patience_;
  bool ticking_ = false;
  std::function<void()> finished_;
};

}  // namespace baton
