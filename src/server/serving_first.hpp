// While a new version starts, who serves comes before it: on a core that serving needs, the start takes milliseconds of
// processor, and the kernel may give them to it in one piece.
#pragma once

#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/precedence.hpp"

namespace baton {

/// On the thread that runs the io_context, which is the only one that does not go first.
class serving_first {
 public:
  explicit serving_first(boost::asio::io_context& context) : limit_{context} {}

  /// For at most 100 ms from now on, where this process is allowed to (see os::precedence): a version that takes
  /// longer to start must come to its end on busy cores as well. Called before the fork, during which this thread
  /// waits; the limit is then heeded when exec has come about.
  void begin();
  void end() noexcept;

 private:
  boost::asio::steady_timer limit_;
  std::optional<os::precedence> precedence_;
};

}  // namespace baton
