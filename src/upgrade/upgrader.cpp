#include "upgrade/upgrader.hpp"

#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/log.hpp"
#include "upgrade/preparation.hpp"
#include "upgrade/started_process.hpp"

namespace baton::upgrade {

using fsm::upgrade_action;
using fsm::upgrade_event;
using fsm::upgrade_state;

struct upgrader::impl {
  // constant after construction
  boost::asio::io_context& context;
  const os::process_image image;
  const std::function<std::vector<offered_listener>()> listeners;
  const upgrade_callbacks callbacks;

  // the io_context's thread only
  upgrade_settings settings;
  fsm::upgrade_fsm machine;
  boost::asio::steady_timer timer;
  std::uint64_t timer_round = 0;  // a time-out that was queued when its timer was stopped is told by it
  preparation ahead;
  os::unique_fd executable;  // of the upgrade that runs; empty: the image's path
  std::unique_ptr<started_process> child;
  std::optional<upgrade_failure> last_failure;
  std::vector<std::string> lines_of_ended_child;
  // The timer's handler holds it weakly: one may be queued already when this goes.
  std::shared_ptr<const int> alive = std::make_shared<const int>();

  impl(boost::asio::io_context& io, os::process_image own, upgrade_settings initial,
       std::function<std::vector<offered_listener>()> offer, upgrade_callbacks calls)
      : context{io},
        image{std::move(own)},
        listeners{std::move(offer)},
        callbacks{std::move(calls)},
        settings{initial},
        machine{initial.before},
        timer{io},
        ahead{io, image, settings.preparation, callbacks.before} {}

  void take(upgrade_event event, std::string_view text = {}) { obey(machine.on(event, text)); }
  void obey(const fsm::upgrade_step& step);
  void start_preparation();
  void prepared(preparation_result result);
  void cancel_preparation();
  void start_check();
  void start_new();
  void keep(os::result<std::unique_ptr<started_process>> started);
  void check_ended(bool success, const std::string& how);
  void child_ended(const std::string& how);
  void hand_over();
  void report_failure(const std::string& reason);
  void report_loss(const std::string& reason);
  void start_timer();
  void stop_timer();
  void timed_out(std::uint64_t round);
};

void upgrader::impl::obey(const fsm::upgrade_step& step) {
  switch (step.action) {
    case upgrade_action::start_preparation:
      return start_preparation();
    case upgrade_action::cancel_preparation:
      return cancel_preparation();
    case upgrade_action::start_check:
      return start_check();
    case upgrade_action::start_new:
      return start_new();
    case upgrade_action::kill_child:
      return child->kill();
    case upgrade_action::hand_over:
      return hand_over();
    case upgrade_action::report_failure:
      return report_failure(step.text);
    case upgrade_action::report_loss:
      return report_loss(step.text);
    case upgrade_action::refuse:
    case upgrade_action::none:
      return;
  }
}

void upgrader::impl::start_preparation() {
  if (callbacks.on_begin) callbacks.on_begin();
  if (machine.state() != upgrade_state::preparing) return;  // on_begin has begun a drain
  ahead.start(settings.generation, [this](preparation_result result) { prepared(std::move(result)); });
}

void upgrader::impl::prepared(preparation_result result) {
  if (!result.refusal.empty()) {
    lines_of_ended_child = std::move(result.last_lines);
    return take(upgrade_event::vetoed, result.refusal);
  }
  executable = std::move(result.executable);
  take(upgrade_event::prepared);
}

void upgrader::impl::cancel_preparation() {
  ahead.cancel();
  log::warning("upgrade given up: this process is ending");
}

void upgrader::impl::start_check() {
  process_events events;
  events.on_exit = [this](bool success, const std::string& how) { check_ended(success, how); };
  keep(started_process::check(context, image, executable, std::move(events)));
}

void upgrader::impl::start_new() {
  process_events events;
  events.on_ready = [this] { take(upgrade_event::ready); };
  events.on_failed = [this](const std::string& why) { take(upgrade_event::child_failed, why); };
  events.on_channel_closed = [this] { take(upgrade_event::channel_closed); };
  events.on_exit = [this](bool, const std::string& how) { child_ended(how); };
  const auto offered = listeners();
  log::info("starting generation {} from {} with {} listeners", settings.generation + 1, image.binary, offered.size());
  keep(started_process::successor(context, image, executable, offered, settings.generation + 1, std::move(events)));
}

void upgrader::impl::keep(os::result<std::unique_ptr<started_process>> started) {
  if (!started) return take(upgrade_event::spawn_failed, "cannot start the new process: " + started.error().text());
  child = std::move(*started);
  start_timer();
}

void upgrader::impl::check_ended(bool success, const std::string& how) {
  lines_of_ended_child = child->last_lines();
  child.reset();
  stop_timer();
  if (machine.state() != upgrade_state::checking) return take(upgrade_event::child_exited, how);
  take(success ? upgrade_event::check_passed : upgrade_event::check_failed, how);
}

void upgrader::impl::child_ended(const std::string& how) {
  lines_of_ended_child = child->last_lines();
  child.reset();
  stop_timer();
  take(upgrade_event::child_exited, how);
}

void upgrader::impl::hand_over() {
  stop_timer();
  executable.reset();
  log::info("generation {} is ready as process {}; generation {} drains", settings.generation + 1, child->pid(),
            settings.generation);
  if (callbacks.on_ready) callbacks.on_ready(child->pid());
}

void upgrader::impl::report_failure(const std::string& reason) {
  executable.reset();
  const bool goes_on = machine.state() == upgrade_state::idle;
  log::error("upgrade failed: {}; generation {} {}", reason, settings.generation,
             goes_on ? "keeps serving" : "goes on ending");
  last_failure = upgrade_failure{reason, std::exchange(lines_of_ended_child, {})};
  if (callbacks.on_failed) callbacks.on_failed(reason, last_failure->last_lines);
}

void upgrader::impl::report_loss(const std::string& reason) {
  log::error("upgrade lost: {}; generation {} goes on ending", reason, settings.generation);
  last_failure = upgrade_failure{reason, std::exchange(lines_of_ended_child, {})};
  if (callbacks.on_lost) callbacks.on_lost(reason);
}

void upgrader::impl::start_timer() {
  timer.expires_after(settings.timeout);
  timer.async_wait([this, round = ++timer_round, watched = std::weak_ptr{alive}](boost::system::error_code failure) {
    if (!failure && !watched.expired()) timed_out(round);
  });
}

void upgrader::impl::stop_timer() {
  ++timer_round;
  timer.cancel();
}

void upgrader::impl::timed_out(std::uint64_t round) {
  if (round != timer_round) return;
  child->poll_channel();
  if (round == timer_round) take(upgrade_event::timed_out);
}

upgrader::upgrader(boost::asio::io_context& context, os::process_image image, upgrade_settings settings,
                   std::function<std::vector<offered_listener>()> listeners, upgrade_callbacks callbacks)
    : impl_{std::make_unique<impl>(context, std::move(image), settings, std::move(listeners), std::move(callbacks))} {}

upgrader::~upgrader() {
  if (impl_->child && impl_->machine.state() != upgrade_state::handed_over) impl_->child->kill_and_reap();
}

void upgrader::serving() {
  impl_->take(upgrade_event::serving);
}

void upgrader::predecessor_gone() {
  impl_->take(upgrade_event::predecessor_gone);
}

std::optional<std::string> upgrader::request(std::string_view by) {
  auto step = impl_->machine.on(upgrade_event::requested);
  if (step.action == upgrade_action::refuse) {
    log::warning("upgrade asked for by {} refused: {}", by, step.text);
    return std::move(step.text);
  }
  log::info("upgrade asked for by {}: the next generation is {}", by, impl_->image.binary);
  impl_->obey(step);
  return std::nullopt;
}

void upgrader::released() noexcept {
  if (impl_->machine.state() == upgrade_state::handed_over && impl_->child) impl_->child->tell_released();
}

void upgrader::cancel() {
  // A child that has said READY may accept connections already: it is not killed any more.
  if (impl_->machine.state() == upgrade_state::starting) impl_->child->poll_channel();
  impl_->take(upgrade_event::drain_begun);
}

void upgrader::prepare(preparation_settings settings) {
  impl_->ahead.change(std::move(settings));
}

void upgrader::timeout(std::chrono::milliseconds value) {
  impl_->settings.timeout = value;
}

upgrade_state upgrader::state() const noexcept {
  return impl_->machine.state();
}

const std::optional<upgrade_failure>& upgrader::last_failure() const noexcept {
  return impl_->last_failure;
}

pid_t upgrader::child_pid() const noexcept {
  return impl_->child ? impl_->child->pid() : 0;
}

}  // namespace baton::upgrade
