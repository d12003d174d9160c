// How the life of a process ends: the delay, the drain, the guard, the exit.
#include <cstdlib>
#include <utility>

#include <unistd.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "os/pid_file.hpp"
#include "server/lifecycle.hpp"

namespace baton {

// The upgrade is called off first: it may turn out that the next generation has taken over, and then this
// one is not the service any more.
void lifecycle::stop(const std::string& why) {
  const auto ends_anyway = [this] { return phase_ == phase::draining || phase_ == phase::guarding; };
  if (!ends_anyway()) upgrader_.cancel();
  if (ends_anyway()) return drain(why);
  ready_.withdraw();
  admin_.changed(phase_, false);
  if (watch_) watch_->stop();
  const auto delay = settings_.shutdown.delay;
  if (delay.count() == 0) return drain(why);
  log::info("{}: generation {} is not ready any more, serves for another {} ms and then drains", why, generation_,
            delay.count());
  service_.stopping(why);
  delay_.expires_after(delay);
  delay_.async_wait([this, why](boost::system::error_code error) {
    if (!error) drain(why);
  });
}

void lifecycle::drain(std::string_view why) {
  if (phase_ == phase::draining) return log::info("{}: generation {} drains already", why, generation_);
  if (phase_ == phase::guarding) {
    log::info("{}: generation {} ends its guard", why, generation_);
    return finish();
  }
  upgrader_.cancel();  // may find that the next generation is ready, and come back here for that reason
  if (phase_ == phase::draining) return;
  enter(phase::draining, why);
  if (watch_) watch_->stop();
  if (manner_ == fsm::drain_manner::none) {
    parent_.stopping();
    service_.stopping(why);
  }
  // A child that is being killed still holds the listeners: let it end before they are released.
  if (upgrader_.state() != fsm::upgrade_state::closing) begin_drain();
}

void lifecycle::begin_drain() {
  totals_.drains.add();
  if (settings_.drain.timeout.count() != 0) {
    timer_.expires_after(settings_.drain.timeout);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) on_drain_timeout();
    });
  }
  const auto empty = [this] { boost::asio::post(io_, [this] { drained(); }); };
  const bool handed_over = upgrader_.state() == fsm::upgrade_state::handed_over;
  if (manner_ == fsm::drain_manner::none) {
    core_.begin_drain(empty);
  } else {
    core_.begin_drain(manner_, handed_over ? server_core::listening::hold : server_core::listening::close, empty);
  }
  report_progress();
}

void lifecycle::drained() {
  if (phase_ != phase::draining) return;
  counters_.pass();
  timer_.cancel();
  const bool handed_over = upgrader_.state() == fsm::upgrade_state::handed_over;
  if (manner_ == fsm::drain_manner::transfer_idle) {
    log::info("{} connections have moved, {} could not", mover_.moved(), mover_.refused());
  }
  if (handed_over && settings_.upgrade.guard.count() != 0) return guard();
  finish();
}

void lifecycle::guard() {
  enter(phase::guarding, "nothing is left here");
  upgrader_.drained();
  await_end_of_guard(settings_.upgrade.guard);
}

// A next generation that hangs does not pass for a good one.
void lifecycle::await_end_of_guard(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || phase_ != phase::guarding) return;
    constexpr std::chrono::milliseconds again{500};
    if (!upgrader_.child_responds()) return await_end_of_guard(again);
    finish();
  });
}

void lifecycle::report_progress() {
  constexpr std::chrono::seconds interval{5};
  progress_.expires_after(interval);
  progress_.async_wait([this](boost::system::error_code error) {
    if (error || phase_ != phase::draining) return;
    log::info("generation {} drains: {} connections are left", generation_, core_.connections());
    service_.draining(core_.connections());
    report_progress();
  });
}

void lifecycle::on_drain_timeout() {
  log::error("{} connections are left after {} ms of draining; closing them", core_.connections(),
             settings_.drain.timeout.count());
  status_ = 1;
  core_.cut_connections();
  constexpr std::chrono::seconds patience{1};
  timer_.expires_after(patience);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    if (core_.connections() != 0) exit_at_once("handlers do not end");
    drained();
  });
}

void lifecycle::finish() {
  if (phase_ == phase::stopped) return;
  enter(phase::stopped, status_ == 0 ? "every connection has ended" : "connections were closed by force");
  counters_.pass();
  upgrader_.finished();
  remove_pid_file();
  timer_.cancel();
  close_control();
}

void lifecycle::exit_at_once(std::string_view why) {
  log::warning("exiting at once: {}; {} connections are cut", why, core_.connections());
  remove_pid_file();
  if (!passed_on_) control_.remove_path();
  std::_Exit(1);
}

void lifecycle::remove_pid_file() const noexcept {
  const auto state = upgrader_.state();
  const bool successors = state == fsm::upgrade_state::handed_over || state == fsm::upgrade_state::succeeded;
  if (settings_.pid_file.empty() || successors) return;
  if (const auto removed = os::remove_pid_file(settings_.pid_file); !removed) {
    log::warning("cannot remove the pid file: {}", removed.error().text());
  }
}

}  // namespace baton
