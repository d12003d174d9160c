// `--supervise`: a tiny process in front of the server and its later generations, for PID 1 in a container,
// where nobody else collects orphans, passes signals on, and gives the service one exit status. It starts
// the server as its child, with the same arguments, and does nothing but this:
//
// - Whoever is orphaned below it is collected. It is PID 1, or asks to be the one that orphans come to.
// - TERM, INT, QUIT, HUP, USR1 and USR2 go to the generation that is the service now, save those that the
//   terminal has sent to the whole foreground group already.
// - Which one that is it learns as systemd does: it is the server's NOTIFY_SOCKET and reads MAINPID. All
//   else goes on to its own NOTIFY_SOCKET; MAINPID does not, for to systemd the main process is this one.
// - When the current generation ends, a predecessor that still lives may take the service back, which it
//   says by MAINPID. When no generation is left, the status of the last current one is the exit status,
//   128 and the signal's number if a signal has ended it. If its predecessor has collected it, and so knows
//   its status alone, that is the predecessor's status after an orderly stop, and 1 without one.
//
// It has one thread, no connection and no configuration. An upgrade replaces the server, never this.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "os/child_process.hpp"
#include "os/notify_receiver.hpp"
#include "os/process_image.hpp"
#include "os/service_notify.hpp"
#include "os/signal_set.hpp"
#include "server/signal_watch.hpp"
#include "upgrade/inherited_listeners.hpp"

namespace baton {

/// One per process, on its only thread. The signals of os::signal_set::handled must be blocked.
class supervisor {
 public:
  /// `server`: what to start. `listeners`: from systemd, for the server. Throws boost::system::system_error.
  supervisor(os::process_image server, std::vector<upgrade::inherited_listeners::entry> listeners);

  /// Starts the server, stays until no generation of it is left, and returns the exit status. Throws
  /// std::runtime_error if it cannot be started.
  [[nodiscard]] int run();

 private:
  /// A process that is or was the service.
  struct generation {
    explicit generation(boost::asio::io_context& context) : end{context} {}
    os::child_process process;
    boost::asio::posix::stream_descriptor end;  // a pidfd of its own
    bool ended = false;
    bool stopping = false;                  // it has said so
    std::optional<os::exit_status> status;  // unknown while, or if, its predecessor collects it
  };

  void start();
  void follow(os::child_process process);
  void wait_for_notes();
  void wait_for_end(generation& which);
  void on_signal(const os::received_signal& signal);
  void review();
  void note_ends();
  void collect();
  void take_notes();
  void take_main_pid(std::string_view text, pid_t sender);
  void decide();
  void forget_ended();
  void send(const generation& to, int signal) const;
  [[nodiscard]] generation* find(pid_t pid) noexcept;
  [[nodiscard]] generation* living() noexcept;

  const os::process_image server_;
  const std::vector<upgrade::inherited_listeners::entry> listeners_;
  const os::service_notify outer_ = os::service_notify::from_environment();
  boost::asio::io_context io_{1};
  os::notify_receiver notes_;
  boost::asio::posix::stream_descriptor notes_readable_{io_};
  std::unique_ptr<signal_watch> signals_;
  std::vector<std::unique_ptr<generation>> generations_;  // the oldest first
  generation* current_ = nullptr;
  bool stopping_ = false;                          // a signal to stop has been passed on
  std::optional<os::exit_status> last_collected_;  // of a generation
  int status_ = 0;
};

/// `own` without the flag that asks for a supervisor, as the server is to be started.
[[nodiscard]] os::process_image supervised_image(os::process_image own);

}  // namespace baton
