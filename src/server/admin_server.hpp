// The admin listener and what answers there: a server of its own beside the program's, with one worker, its own routes
// and its own limits, so that a program whose workers are blocked or whose connections are used up can still be looked
// at. It passes from generation to generation like the other listeners, and one of them accepts at a time.
//
// Rejected: routes of the program's own server, which would be subject to its limits and middleware, and reachable
// from wherever it is.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <baton/options.hpp>

#include "net/listener.hpp"
#include "server/server_core.hpp"
#include "server/status_board.hpp"
#include "upgrade/inherited_listeners.hpp"
#include "upgrade/upgrader.hpp"

namespace baton {

/// Adopts or binds what `options::admin` says; nullopt if it is empty. Throws as net::bind_listener does.
[[nodiscard]] std::optional<net::listener> open_admin_socket(const options& settings,
                                                             upgrade::inherited_listeners& inherited);

/// The control thread's.
class admin_server {
 public:
  admin_server(std::shared_ptr<status_board> board, std::function<std::string()> metrics)
      : board_{std::move(board)}, metrics_{std::move(metrics)} {}
  /// Lets event streams come to their end, for which it waits half a second at most.
  ~admin_server();
  admin_server(const admin_server&) = delete;
  admin_server& operator=(const admin_server&) = delete;

  /// Before anything else, once; nullopt: there is none yet. Its worker begins, nothing is accepted.
  void prepare(std::optional<net::listener> socket);
  /// Accepts. Only the first call does something.
  void accept();
  /// Serves on another socket, or on none, instead of the one before; on one that was bound, at once.
  void move_to(std::optional<net::listener> socket);

  /// Another process accepts from now on: event streams end, connections close, the socket is held.
  void pass_on();
  /// That process is lost.
  void take_back();

  [[nodiscard]] bool there() const noexcept { return core_ != nullptr; }
  /// For the next generation.
  [[nodiscard]] std::vector<upgrade::offered_listener> offers() const;
  [[nodiscard]] std::vector<std::string> addresses() const;

 private:
  const std::shared_ptr<status_board> board_;
  const std::function<std::string()> metrics_;
  std::unique_ptr<server_core> core_;
  bool accepting_ = false;
};

}  // namespace baton
