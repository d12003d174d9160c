// What the service manager is told of this process (sd_notify(3)): one function for each thing that
// happens, so that the datagrams and their order stand in one file.
//
//     serving              READY=1 [MAINPID=self, first generation] STATUS=
//     upgrading            STATUS= EXTEND_TIMEOUT_USEC=, the latter again and again
//     upgrade_failed       STATUS=
//     handed_over          MAINPID=child; then silence, for every later note would be about another process
//     took_back            MAINPID=self READY=1 STATUS=
//     reloading, reloaded  RELOADING=1 MONOTONIC_USEC=, then READY=1 STATUS=
//     stopping, draining   STOPPING=1 STATUS= EXTEND_TIMEOUT_USEC=, the latter again and again; STATUS=
//
// A drain has its own time limit. As long as it goes on systemd is asked for more time, so that
// TimeoutStopSec may be shorter than drain.timeout; a process that hangs stops asking.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/service_notify.hpp"

namespace baton {

/// The io_context's thread only. What cannot be told is logged once; the service goes on without.
class service_reporter {
 public:
  /// Time is asked for every `interval`, three times as much each time.
  service_reporter(boost::asio::io_context& context, unsigned generation,
                   os::service_notify notify = os::service_notify::from_environment(),
                   std::chrono::milliseconds interval = std::chrono::seconds{5});

  void serving(std::string_view addresses);
  void upgrading();
  void upgrade_failed(std::string_view reason);
  /// To be called before the child can be told that it is alone: its READY is to come after this.
  void handed_over(pid_t child);
  /// The predecessor has taken the service back, and says so itself: silence.
  void replaced();
  void took_back(std::string_view why);
  void reloading();
  void reloaded(std::string_view outcome);
  /// Call it again for another reason or a later stage: only the status is sent then.
  void stopping(std::string_view why);
  void draining(std::size_t connections);
  void alive();

 private:
  enum class stage { starting, serving, stopping, handed_over };

  void send(const os::service_note& note);
  void hold();
  void release();
  void ask_again();
  [[nodiscard]] std::string serving_text() const;

  const unsigned generation_;
  const os::service_notify notify_;
  const std::chrono::milliseconds interval_;
  boost::asio::steady_timer timer_;
  stage stage_ = stage::starting;
  bool held_ = false;    // more time is asked for
  bool failed_ = false;  // it has been logged that the last note could not be sent
  std::string addresses_;
};

}  // namespace baton
