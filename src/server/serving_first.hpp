// While a new version starts, the workers come before it: on a core that they need, its start takes milliseconds of
// processor, and the kernel may give them to it in one piece.
#pragma once

#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/precedence.hpp"
#include "server/server_core.hpp"

namespace baton {

/// On the thread that runs the io_context.
class workers_first {
 public:
  workers_first(boost::asio::io_context& context, const server_core& core) : core_{core}, limit_{context} {}

  /// For at most 250 ms from now on, where this process is allowed to (see os::precedence): a version that takes
  /// longer to start must come to its end on busy cores as well.
  void begin();
  void end() noexcept;

 private:
  const server_core& core_;
  boost::asio::steady_timer limit_;
  std::optional<os::precedence> precedence_;
};

}  // namespace baton
