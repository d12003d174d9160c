#include "server/service_reporter.hpp"

#include <utility>

#include <unistd.h>

#include "base/log.hpp"

namespace baton {

service_reporter::service_reporter(boost::asio::io_context& context, unsigned generation, os::service_notify notify,
                                   std::chrono::milliseconds interval)
    : generation_{generation}, notify_{std::move(notify)}, interval_{interval}, timer_{context} {}

std::string service_reporter::serving_text() const {
  return fmt::format("generation {} serves {}", generation_, addresses_);
}

// A successor's MAINPID is its predecessor's to send: it may not be known to systemd yet.
void service_reporter::serving(std::string_view addresses) {
  addresses_ = addresses;
  os::service_note note;
  note.ready();
  if (generation_ == 1) note.main_pid(::getpid());
  send(note.status(serving_text()));
  if (stage_ == stage::starting) stage_ = stage::serving;
}

void service_reporter::upgrading() {
  send(os::service_note{}
           .status(serving_text() + "; the next generation is being started")
           .extend_timeout(3 * interval_));
  hold();
}

void service_reporter::upgrade_failed(std::string_view reason) {
  if (stage_ != stage::serving) return;
  release();
  send(os::service_note{}.status(fmt::format("{}; the last upgrade failed: {}", serving_text(), reason)));
}

void service_reporter::handed_over(pid_t child) {
  release();
  send(os::service_note{}.main_pid(child));
  stage_ = stage::handed_over;
}

void service_reporter::replaced() {
  release();
  stage_ = stage::handed_over;
}

void service_reporter::took_back(std::string_view why) {
  stage_ = stage::serving;
  send(os::service_note{}.main_pid(::getpid()).ready().status(fmt::format("{}; {}", serving_text(), why)));
}

void service_reporter::reloading() {
  if (stage_ == stage::serving) send(os::service_note{}.reloading());
}

void service_reporter::reloaded(std::string_view outcome) {
  if (stage_ == stage::serving) send(os::service_note{}.ready().status(fmt::format("{}; {}", serving_text(), outcome)));
}

void service_reporter::stopping(std::string_view why) {
  if (stage_ == stage::handed_over) return;
  os::service_note note;
  if (stage_ != stage::stopping) note.stopping();
  stage_ = stage::stopping;
  send(note.status(fmt::format("generation {} ends: {}", generation_, why)).extend_timeout(3 * interval_));
  hold();
}

void service_reporter::draining(std::size_t connections) {
  if (stage_ != stage::stopping) return;
  send(os::service_note{}.status(
      fmt::format("generation {} drains: {} connections are left", generation_, connections)));
}

void service_reporter::alive() {
  if (stage_ != stage::handed_over) send(os::service_note{}.watchdog());
}

void service_reporter::hold() {
  if (!std::exchange(held_, true)) ask_again();
}

void service_reporter::release() {
  held_ = false;
  timer_.cancel();
}

void service_reporter::ask_again() {
  if (!notify_.active()) return;
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || !held_) return;
    send(os::service_note{}.extend_timeout(3 * interval_));
    ask_again();
  });
}

void service_reporter::send(const os::service_note& note) {
  const auto told = notify_.send(note);
  if (!told && !failed_) log::warning("cannot notify the service manager: {}; going on without", told.error().text());
  failed_ = !told;
}

}  // namespace baton
