// Delivers the signals that the process takes, one by one, on the control thread.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "os/signal_set.hpp"

namespace baton {

class signal_watch {
 public:
  using sink = std::function<void(const os::received_signal&)>;

  /// The signals must be blocked in every thread. Throws boost::system::system_error if there is no descriptor to be
  /// had.
  signal_watch(boost::asio::io_context& context, const os::signal_set& signals, sink deliver);

 private:
  void wait();

  boost::asio::posix::stream_descriptor descriptor_;
  sink deliver_;
};

}  // namespace baton
