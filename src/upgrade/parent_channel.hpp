// The child's side of a hand-over: what it inherited, how it says that it serves or cannot, and how it
// learns that its predecessor has gone (end-of-file on the channel; the kernel tells it even if the
// predecessor is killed).
//
// Until it is ready its standard error is a pipe to the predecessor, which keeps the last lines for
// the case of failure; becoming ready puts the real one back, so that the descriptors of all
// generations are the same.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "os/error.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/inherited_listeners.hpp"

namespace baton::upgrade {

/// One thread, the one that runs the io_context given to `watch`.
class parent_channel {
 public:
  parent_channel(os::unique_fd channel, os::unique_fd standard_error) noexcept;
  /// Without `ready` or `failed` before it, the predecessor takes this process for a failure.
  ~parent_channel();
  parent_channel(const parent_channel&) = delete;
  parent_channel& operator=(const parent_channel&) = delete;

  /// Puts the real standard error back and says READY. Call it once, when connections are accepted.
  /// An error means that the predecessor has gone: this process is the only one now and goes on.
  os::result<void> ready();

  /// Says FAILED with a text for the predecessor's log and status; the process should exit then.
  void failed(std::string_view reason) noexcept;

  /// Calls `gone` once, from the io_context, when the predecessor has ended, and `released` when it says
  /// that it has let go of the listeners; it may end without. Not called any more once the channel
  /// object is destroyed. May be called before or after `ready`.
  void watch(boost::asio::io_context& context, std::function<void()> gone, std::function<void()> released = {});

 private:
  void wait();
  void readable();
  [[nodiscard]] os::fd_view channel() const noexcept;

  os::unique_fd channel_;
  os::unique_fd standard_error_;
  std::optional<boost::asio::posix::stream_descriptor> watched_;  // owns the channel once there is a watch
  std::function<void()> gone_;
  std::function<void()> released_;
  // Handlers hold it weakly: one may be queued already when this goes.
  std::shared_ptr<const int> alive_ = std::make_shared<const int>();
};

/// What this process got from whoever started it.
struct inheritance {
  inherited_listeners listeners;
  std::unique_ptr<parent_channel> parent;  ///< null unless a predecessor started us
  unsigned generation = 1;
};

/// Takes it out of the environment (os/listen_environment.hpp) and, with a predecessor, reads its START,
/// for which it waits at most `patience`. Call it once, at start, before other threads exist. After
/// an error the process should exit: what it was given is not what it needs.
os::result<inheritance> inherit(std::chrono::milliseconds patience = std::chrono::seconds{5});

}  // namespace baton::upgrade
