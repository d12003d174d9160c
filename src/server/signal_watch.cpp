#include "server/signal_watch.hpp"

#include <utility>

#include "base/log.hpp"

namespace baton {

signal_watch::signal_watch(boost::asio::io_context& context, const os::signal_set& signals, sink deliver)
    : descriptor_{context}, deliver_{std::move(deliver)} {
  os::unique_fd fd = os::open_signal_fd(signals).value();
  descriptor_.assign(fd.get());
  static_cast<void>(fd.release());
  wait();
}

void signal_watch::wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;  // the end of the io_context
    for (;;) {
      const auto signal = os::read_signal(os::fd_view{descriptor_.native_handle()});
      if (!signal) log::error("cannot read signals: {}; trying again", signal.error().text());
      if (!signal || !*signal) break;
      deliver_(**signal);
    }
    wait();
  });
}

}  // namespace baton
