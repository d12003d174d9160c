// A new process's standard error on its way to ours: everything passes through, the last lines are
// kept. So the reason of a failed start is known even if what was started is no Baton at all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "os/descriptors.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/line_tail.hpp"

namespace baton::upgrade {

/// Belongs to the thread that runs the io_context.
class child_output {
 public:
  /// `pipe`: the reading end, non-blocking. `sink` gets what comes and must outlive this.
  child_output(boost::asio::io_context& context, os::unique_fd pipe, os::fd_view sink);

  /// Starts reading; goes on until end-of-file or destruction.
  void start();
  /// Reads what is there now, without waiting for more. For when the process has ended: somebody else
  /// may still hold the pipe, so its end is not to be waited for.
  void drain();

  [[nodiscard]] std::vector<std::string> last_lines() const { return tail_.lines(); }

 private:
  static constexpr int max_reads_at_the_end = 64;

  void wait();
  os::read_outcome read_once();

  boost::asio::posix::stream_descriptor pipe_;
  os::fd_view sink_;
  line_tail tail_;
  // Handlers hold it weakly: one may be queued already when this goes.
  std::shared_ptr<const int> alive_ = std::make_shared<const int>();
};

}  // namespace baton::upgrade
