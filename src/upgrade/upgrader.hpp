// Starts the next generation and hands over to it: the shell around fsm/upgrade_fsm.hpp that has the
// processes, the channel and the clock. It lives on the control thread's io_context, next to the
// signals, so that nothing here needs a lock; it never touches a connection.
//
// The channel stays open until this object goes, which should be the end of the process: its
// end-of-file tells the successor that its predecessor has gone. Whatever way an upgrade ends, the
// child is reaped.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <boost/asio/io_context.hpp>

#include "fsm/upgrade_fsm.hpp"
#include "os/process_image.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/handover_channel.hpp"
#include "upgrade/preparation.hpp"

namespace baton::upgrade {

struct upgrade_settings {
  /// For the check of the configuration, and then again from the start of the new process until it
  /// is ready; then it is killed.
  std::chrono::milliseconds timeout{60'000};
  /// This process's own number; the next one gets one more.
  unsigned generation = 1;
  /// `alive` if this process has a parent_channel; until `predecessor_gone` requests are refused.
  fsm::predecessor before = fsm::predecessor::none;
  /// What comes before the new process is started.
  preparation_settings preparation{};
};

/// A listener that the next generation gets a copy of; this process keeps its own.
struct offered_listener {
  std::string spec;  ///< as configured
  os::fd_view fd;
};

/// All are called from the io_context, or from within `request` and `cancel`; any may be empty. They
/// must not destroy the upgrader.
struct upgrade_callbacks {
  /// The exception: it is called on a thread of its own, before anything is started, with the new binary's
  /// path, and throws to refuse the upgrade. It may still run when the upgrader has gone.
  veto_function before{};
  std::function<void()> on_begin{};
  /// A process is started now: the one that checks the configuration, then the new one.
  std::function<void()> on_start{};
  /// The predecessor is to leave now: `predecessor_gone` is expected.
  std::function<void()> on_dismiss{};
  /// Nothing is left of the new process, and this one goes on. `last_lines`: what it wrote to its
  /// standard error last.
  std::function<void(std::string reason, std::vector<std::string> last_lines)> on_failed{};
  /// The new process accepts connections: drain.
  std::function<void(pid_t child, const ready_message& ready)> on_ready{};
  /// The new process has been lost, or is not wanted any more, after it was ready: serve again.
  std::function<void(std::string reason)> on_take_back{};
  /// The new process ends on purpose: nothing is to be guarded any more.
  std::function<void()> on_finish{};
  /// Whatever else the new process says.
  std::function<void(incoming_message)> on_message{};
};

struct upgrade_failure {
  std::string reason;
  std::vector<std::string> last_lines;
};

/// One thread: the one that runs the io_context.
class upgrader {
 public:
  /// `listeners` is asked at each start of a new process; the descriptors must stay open until it
  /// returns control to the io_context. At most os::max_listen_descriptors.
  upgrader(boost::asio::io_context& context, os::process_image image, upgrade_settings settings,
           std::function<std::vector<offered_listener>()> listeners, upgrade_callbacks callbacks);
  /// Kills and reaps (waiting for it) a child that is not ready or is lost; leaves one that serves or drains.
  ~upgrader();
  upgrader(const upgrader&) = delete;
  upgrader& operator=(const upgrader&) = delete;

  /// From now on requests may be accepted.
  void serving();
  /// The predecessor has no connections left; from now on it is asked to leave if need be.
  void predecessor_drained();
  /// The predecessor's channel is at its end.
  void predecessor_gone();

  /// Begins an upgrade, or says (and logs) why not. `by` is for the log: `SIGUSR2`, `batonctl`.
  [[nodiscard]] std::optional<std::string> request(std::string_view by);

  /// After `on_ready`: this process has let go of the listeners. The child learns it.
  void released();
  /// After `on_ready`: this process has no connections left. The child learns it.
  void drained();
  /// The guard is over: the child will not be taken back any more.
  void finished();
  /// Something else for the child, if there is one.
  void say(const handover_message& message);
  /// To the child; null if there is none.
  [[nodiscard]] handover_channel* channel() noexcept;
  /// After `on_ready`: the child has given a sign of life lately, or does not give any at all.
  [[nodiscard]] bool child_responds() const noexcept;

  /// This process begins to end: a child that is not ready is killed, and no more are started. Call
  /// it before a drain begins for whatever reason; after a hand-over it does nothing. A child that has
  /// become ready at this moment counts: `on_ready` is called from here then. `on_failed`
  /// follows when the child is reaped; the destructor waits for that if nobody else does.
  void cancel();

  /// Changes the time-out of later upgrades.
  void timeout(std::chrono::milliseconds value);
  /// Changes what comes before later ones.
  void prepare(preparation_settings settings);

  [[nodiscard]] fsm::upgrade_state state() const noexcept;
  /// Of the last upgrade that failed; nullopt if none did.
  [[nodiscard]] const std::optional<upgrade_failure>& last_failure() const noexcept;
  /// The number of the process that was started last, or of this one if none was.
  [[nodiscard]] unsigned latest_generation() const noexcept;
  /// The pid of the process that is being started or has taken over; 0 if there is none.
  [[nodiscard]] pid_t child_pid() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace baton::upgrade
