// What happens before a new version is started, in this order: the program's on_before_upgrade callbacks, the
// `upgrade.before` command, the check of the new binary's digest or signature. Each step can stop the
// upgrade, and each has a time limit: fetching a build may take minutes and may hang.
//
// The control thread never blocks here, for it has the signals: the callbacks and the reading of the
// binary happen on a side thread, the command is a process in a group of its own, so that a time-out
// also ends what it has started.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/process_image.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/binary_check.hpp"
#include "upgrade/side_thread.hpp"
#include "upgrade/started_process.hpp"

namespace baton::upgrade {

/// Gets the new binary's path. Throws to refuse the upgrade.
using veto_function = std::function<void(const std::string& binary)>;

struct preparation_settings {
  /// For /bin/sh -c, from the start directory with the start environment and what `start` is told. Empty:
  /// none.
  std::string command{};
  /// For the callbacks together, again for the command, and again for the check.
  std::chrono::milliseconds timeout{300'000};
  /// Their relative paths start from the start directory.
  binary_rules rules{};
};

/// What it has come to.
struct preparation_result {
  std::string refusal{};                  ///< empty: the new version may be started
  std::vector<std::string> last_lines{};  ///< that the command wrote, if it was the reason
  /// The checked copy to be executed; empty where nothing is required of the binary: its path is then.
  os::unique_fd executable{};
};

/// Belongs to the thread that runs the io_context.
class preparation {
 public:
  using done_function = std::function<void(preparation_result)>;

  /// `callbacks` runs on a side thread, where it may outlive this. Empty: none. `image` must outlive this.
  preparation(boost::asio::io_context& context, const os::process_image& image, preparation_settings settings,
              veto_function callbacks);
  /// As `cancel`.
  ~preparation();
  preparation(const preparation&) = delete;
  preparation& operator=(const preparation&) = delete;

  /// Begins, and calls `done` once with the result: from the io_context, or from within `start` where
  /// nothing is to be done or nothing can be. `generation` is this process's own, for the command's
  /// environment: BATON_GENERATION, BATON_PID, BATON_BINARY. Not while one is running.
  ///
  /// As long as a callback or a check that was given up has not returned, every further one is refused.
  void start(unsigned generation, done_function done);

  /// Gives up what is running: kills and reaps the command. `done` is not called.
  void cancel() noexcept;

  /// For later starts; what is running goes on as it began.
  void change(preparation_settings settings);

 private:
  void call_back();
  void run_command();
  void command_ended(bool success, const std::string& how);
  void check_binary();
  void checked(os::result<os::unique_fd>& copy);
  void on_side_thread(const std::string& step, std::function<void()> work, std::function<void()> done);
  void finish(preparation_result result);
  void refuse(std::string reason) { finish({std::move(reason), {}, {}}); }
  void start_timer(std::function<void()> expired);
  void stop_timer();
  [[nodiscard]] std::string limit() const;
  [[nodiscard]] std::string binary() const { return image_.from_directory(image_.binary); }

  boost::asio::io_context& context_;
  const os::process_image& image_;
  preparation_settings next_settings_;
  preparation_settings settings_;  // of what is running
  const veto_function callbacks_;
  unsigned generation_ = 0;
  done_function done_;
  side_thread thread_;
  std::string step_on_thread_;
  std::unique_ptr<started_process> command_;
  bool command_was_late_ = false;
  boost::asio::steady_timer timer_;
  std::uint64_t timer_round_ = 0;  // a time-out that was queued when its timer was stopped is told by it
  std::shared_ptr<const int> alive_ = std::make_shared<const int>();
};

}  // namespace baton::upgrade
