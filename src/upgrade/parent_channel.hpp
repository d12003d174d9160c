// The child's side of a hand-over: what it inherited, how it says that it serves or cannot, and how it
// learns what its predecessor does and that it has gone (end-of-file on the channel; the kernel tells it
// even if the predecessor is killed).
//
// Until it is ready its standard error is a pipe to the predecessor, which keeps the last lines for
// the case of failure; becoming ready puts the real one back, so that the descriptors of all
// generations are the same.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "os/error.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/handover_channel.hpp"
#include "upgrade/inherited_listeners.hpp"
#include "upgrade/received_state.hpp"

namespace baton::upgrade {

/// What the predecessor does, told from the io_context; any may be empty, and any may destroy the channel.
struct parent_events {
  /// It has let go of the listeners; it may end without.
  std::function<void()> released{};
  /// It has no connections left, and stays for the guard.
  std::function<void()> drained{};
  /// It serves again: this process is to drain and to leave.
  std::function<void()> taken_back{};
  /// It has ended. The last call.
  std::function<void()> gone{};
  /// Whatever else it says.
  std::function<void(incoming_message)> on_message{};
};

/// One thread, the one that runs the io_context given to `watch`.
class parent_channel {
 public:
  parent_channel(os::unique_fd channel, os::unique_fd standard_error) noexcept;
  /// Without `ready` or `failed` before it, the predecessor takes this process for a failure.
  ~parent_channel();
  parent_channel(const parent_channel&) = delete;
  parent_channel& operator=(const parent_channel&) = delete;

  /// Puts the real standard error back and says READY. Call it once, when nothing can fail any more.
  /// `unwanted`: the inherited listeners that are not configured any more. An error means that the
  /// predecessor has gone: this process is the only one now and goes on.
  os::result<void> ready(std::vector<std::string> unwanted = {});

  /// Says FAILED with a text for the predecessor's log and status. Before READY the process should exit
  /// then; after it, the predecessor takes back.
  void failed(std::string_view reason) noexcept;

  /// Asks for the predecessor's state and waits for it, see received_state.hpp. Before `watch`.
  os::result<received_state> receive_state(std::uint64_t limit, std::chrono::milliseconds patience) const;

  /// Begins to listen. Once; may be before or after `ready`. Throws boost::system::system_error where the
  /// reactor takes no more descriptors.
  void watch(boost::asio::io_context& context, parent_events events);

  /// Says something after `watch`; nothing happens once the predecessor has gone.
  void say(const handover_message& message);
  /// After `watch` and until `gone`; else null.
  [[nodiscard]] handover_channel* channel() noexcept { return watched_ ? &*watched_ : nullptr; }

 private:
  [[nodiscard]] os::result<void> send(const handover_message& message);
  void take(incoming_message incoming);
  void end();

  os::unique_fd channel_;
  os::unique_fd standard_error_;
  std::optional<handover_channel> watched_;  // owns the channel once there is a watch
  parent_events events_;
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
