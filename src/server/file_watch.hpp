// Watches files and acts when one has changed: the inotify, the timers and the retries around
// watched_file.hpp. Every directory on the way to a file is watched (os/path_steps.hpp), so that nothing
// has to be polled; only where a directory cannot be watched (no right to read it, too many watches) the
// files are looked at once a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/file_identity.hpp"
#include "os/inotify.hpp"
#include "os/path_steps.hpp"
#include "server/watched_file.hpp"

namespace baton {

struct watch_target {
  enum class kind : std::uint8_t {
    binary,       ///< the program
    config,       ///< the conf file
    plugin,       ///< a shared object
    certificate,  ///< a file that the TLS settings name
    trigger       ///< any file, which asks for an upgrade
  };
  kind what = kind::trigger;
  std::string path;  ///< absolute
  /// As it was when what runs was read from it; nullopt: it was not there.
  std::optional<os::file_identity> known;
};

/// One thread: the one that runs the io_context.
class file_watch {
 public:
  /// What to do; false: not now, ask again in a moment.
  using action = std::function<bool(const watch_target&)>;

  /// `delay`: how long a file must be left alone. Nothing is watched before `start`.
  file_watch(boost::asio::io_context& context, std::vector<watch_target> targets, std::chrono::milliseconds delay,
             action act);
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

  /// Begins. A file that is not as it was known to be counts as changed now. After `stop` again.
  void start();
  void stop();

 private:
  struct entry {
    watch_target target;
    watched_file file;
    boost::asio::steady_timer quiet;
    std::vector<os::path_step> steps;
    bool told_unfit = false;
  };

  void wait();
  void take_events();
  void take(const os::directory_event& event);
  void lose_everything();
  void renew_watches();
  void watch_steps(std::map<std::string, int>& renewed);
  void look_later(entry& which, std::chrono::milliseconds after);
  void look(entry& which);
  void wait_for_writer(entry& which);
  void report_unfit(entry& which);
  void look_regularly();
  [[nodiscard]] std::vector<std::vector<os::path_step>> all_steps() const;

  const std::chrono::milliseconds delay_;
  const action act_;
  std::vector<std::unique_ptr<entry>> entries_;
  std::map<std::string, int> watches_;  // by directory
  boost::asio::io_context& context_;
  std::optional<os::inotify> inotify_;
  std::optional<boost::asio::posix::stream_descriptor> readable_;
  boost::asio::steady_timer regular_;
  bool running_ = false;
  bool incomplete_ = false;  // some directory cannot be watched
};

[[nodiscard]] std::string_view to_string(watch_target::kind what) noexcept;

}  // namespace baton
