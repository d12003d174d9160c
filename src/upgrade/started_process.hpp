// A process that the upgrader has started and whatever comes from it: its standard error, its
// messages on the channel, its end. It decides nothing; it turns descriptors into calls.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/child_process.hpp"
#include "os/error.hpp"
#include "os/process_image.hpp"
#include "os/spawn.hpp"
#include "upgrade/child_output.hpp"
#include "upgrade/handover_channel.hpp"

namespace baton::upgrade {

struct offered_listener;

/// Called from the io_context, or from within `poll_channel`.
struct process_events {
  std::function<void(const ready_message&)> on_ready{};
  std::function<void(const std::string& why)> on_failed{};
  /// Any other message.
  std::function<void(incoming_message)> on_message{};
  std::function<void()> on_channel_closed{};
  /// The last call, after all that it has said: it has been reaped, and the object may be destroyed in it. `how` reads
  /// on from "the new process ...".
  std::function<void(bool success, const std::string& how)> on_exit{};
};

/// Belongs to the thread that runs the io_context.
class started_process {
 public:
  /// Runs `image` with --check-config, its output going to our standard error. `executable`: this file
  /// instead of what lies at its path, unless it is empty.
  static os::result<std::unique_ptr<started_process>> check(boost::asio::io_context& context,
                                                            const os::process_image& image, os::fd_view executable,
                                                            process_events events);

  /// Runs `image` as the leader of a process group of its own, which `kill` then ends as a whole, with
  /// `environment` on top of its own, nothing to read, and its output going to our standard error.
  static os::result<std::unique_ptr<started_process>> command(boost::asio::io_context& context,
                                                              const os::process_image& image,
                                                              std::vector<std::string> environment,
                                                              process_events events);

  /// Starts `image` as generation `generation` with copies of `listeners`, a channel on which START
  /// waits already, and our standard error for later (see parent_channel.hpp). `executable` as for `check`.
  static os::result<std::unique_ptr<started_process>> successor(boost::asio::io_context& context,
                                                                const os::process_image& image, os::fd_view executable,
                                                                const std::vector<offered_listener>& listeners,
                                                                unsigned generation, process_events events);

  /// Without a process yet; for `check` and `successor`.
  started_process(boost::asio::io_context& context, os::unique_fd output, os::unique_fd channel, process_events events);
  started_process(const started_process&) = delete;
  started_process& operator=(const started_process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid; }
  [[nodiscard]] std::vector<std::string> last_lines() const { return output_.last_lines(); }

  /// Null for a check.
  [[nodiscard]] handover_channel* channel() noexcept { return channel_ ? &*channel_ : nullptr; }
  /// SIGKILL; `on_exit` follows.
  void kill() noexcept;
  /// SIGKILL, then waits for the end; no more calls follow.
  void kill_and_reap() noexcept;
  /// Takes the messages that are there already, so that a time-out cannot overtake a READY.
  void poll_channel();

 private:
  static os::result<std::unique_ptr<started_process>> start(boost::asio::io_context& context,
                                                            const os::spawn_request& request, os::unique_fd output,
                                                            os::unique_fd channel, process_events events);
  void begin(os::child_process process);

  void wait_for_end();
  void listen();
  void channel_ended();
  void take(incoming_message incoming);
  void take_ready(const ready_message& ready);
  [[nodiscard]] bool take_end();
  void tell_end(bool success, const std::string& how);

  os::child_process process_;
  boost::asio::posix::stream_descriptor end_;  // a pidfd of its own
  boost::asio::steady_timer dying_;
  std::optional<handover_channel> channel_;
  child_output output_;
  bool leads_group_ = false;
  bool ready_ = false;
  process_events events_;
  // Handlers hold it weakly: one may be queued already when this goes.
  std::shared_ptr<const int> alive_ = std::make_shared<const int>();
};

}  // namespace baton::upgrade
