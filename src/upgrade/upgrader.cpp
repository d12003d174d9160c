#include "upgrade/upgrader.hpp"

#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/log.hpp"
#include "upgrade/preparation.hpp"
#include "upgrade/started_process.hpp"

namespace baton::upgrade {
namespace {

using std::chrono::steady_clock;

// A child that was ready and says nothing for this long hangs, and is taken back.
constexpr std::chrono::seconds longest_silence{10};
// Twice the pause between two signs of life, and a little.
constexpr std::chrono::milliseconds lately{2'500};
constexpr std::chrono::seconds dismissal{5};

}  // namespace

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
  unsigned latest_generation;
  bool sends_alive = false;        // the child, since it is ready
  steady_clock::time_point heard;  // from the child
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
        ahead{io, image, settings.preparation, callbacks.before},
        latest_generation{initial.generation} {}

  void take(upgrade_event event, std::string_view text = {}) { obey(machine.on(event, text)); }
  void obey(const fsm::upgrade_step& step);
  void dismiss();
  void start_preparation();
  void prepared(preparation_result result);
  void cancel_preparation();
  void start_check();
  void start_new();
  void keep(os::result<std::unique_ptr<started_process>> started);
  void check_ended(bool success, const std::string& how);
  void child_ended(const std::string& how);
  void hand_over(const ready_message& ready);
  void take_message(incoming_message incoming);
  void take_back(const std::string& reason);
  void report_failure(const std::string& reason);
  void start_timer(std::chrono::milliseconds time);
  void watch_for_silence();
  void stop_timer();
  void timed_out(std::uint64_t round);
};

void upgrader::impl::obey(const fsm::upgrade_step& step) {
  switch (step.action) {
    case upgrade_action::dismiss_predecessor:
      return dismiss();
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
    case upgrade_action::take_back:
      return take_back(step.text);
    case upgrade_action::finish:
      if (callbacks.on_finish) callbacks.on_finish();
      return;
    case upgrade_action::report_failure:
      return report_failure(step.text);
    case upgrade_action::hand_over:  // by the READY that brings it about
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

void upgrader::impl::dismiss() {
  log::info("the previous generation is asked to leave");
  start_timer(dismissal);
  if (callbacks.on_dismiss) callbacks.on_dismiss();
}

void upgrader::impl::start_check() {
  if (callbacks.on_start) callbacks.on_start();
  process_events events;
  events.on_exit = [this](bool success, const std::string& how) { check_ended(success, how); };
  keep(started_process::check(context, image, executable, std::move(events)));
}

void upgrader::impl::start_new() {
  if (callbacks.on_start) callbacks.on_start();
  process_events events;
  events.on_ready = [this](const ready_message& ready) { hand_over(ready); };
  events.on_message = [this](incoming_message incoming) { take_message(std::move(incoming)); };
  events.on_failed = [this](const std::string& why) { take(upgrade_event::child_failed, why); };
  events.on_channel_closed = [this] { take(upgrade_event::channel_closed); };
  events.on_exit = [this](bool, const std::string& how) { child_ended(how); };
  const auto offered = listeners();
  // Two processes that have served are never known by one number; those that fail to start use none up.
  const unsigned number = latest_generation + 1;
  log::info("starting generation {} from {} with {} listeners", number, image.binary, offered.size());
  keep(started_process::successor(context, image, executable, offered, number, std::move(events)));
}

void upgrader::impl::keep(os::result<std::unique_ptr<started_process>> started) {
  if (!started) return take(upgrade_event::spawn_failed, "cannot start the new process: " + started.error().text());
  child = std::move(*started);
  start_timer(settings.timeout);
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

void upgrader::impl::hand_over(const ready_message& ready) {
  if (machine.on(upgrade_event::ready).action != upgrade_action::hand_over) return;
  stop_timer();
  executable.reset();
  ++latest_generation;
  log::info("generation {} is ready as process {}; generation {} drains", latest_generation, child->pid(),
            settings.generation);
  heard = steady_clock::now();
  sends_alive = (ready.features & feature::sends_alive) != 0;
  if (sends_alive) watch_for_silence();
  if (callbacks.on_ready) callbacks.on_ready(child->pid(), ready);
}

void upgrader::impl::take_message(incoming_message incoming) {
  heard = steady_clock::now();
  if (std::holds_alternative<alive_message>(incoming.message)) return;
  if (std::holds_alternative<stopping_message>(incoming.message)) return take(upgrade_event::child_stopping);
  if (const auto* const wanted = std::get_if<roll_back_message>(&incoming.message)) {
    return take(upgrade_event::roll_back, wanted->by);
  }
  if (callbacks.on_message) callbacks.on_message(std::move(incoming));
}

// The child may live: then it learns that it is to drain.
void upgrader::impl::take_back(const std::string& reason) {
  log::error("the upgrade is taken back: {}; generation {} serves again", reason, settings.generation);
  last_failure = upgrade_failure{reason, child ? child->last_lines() : std::exchange(lines_of_ended_child, {})};
  if (callbacks.on_take_back) callbacks.on_take_back(reason);
  if (child && child->channel() != nullptr) child->channel()->send(taken_back_message{});
}

void upgrader::impl::report_failure(const std::string& reason) {
  executable.reset();
  const bool goes_on = machine.state() == upgrade_state::idle;
  log::error("upgrade failed: {}; generation {} {}", reason, settings.generation,
             goes_on ? "keeps serving" : "goes on ending");
  last_failure = upgrade_failure{reason, std::exchange(lines_of_ended_child, {})};
  if (callbacks.on_failed) callbacks.on_failed(reason, last_failure->last_lines);
}

// From the moment the child is ready until it has ended, or this process ends.
void upgrader::impl::watch_for_silence() {
  constexpr std::chrono::seconds interval{1};
  timer.expires_after(interval);
  timer.async_wait([this, round = ++timer_round, watched = std::weak_ptr{alive}](boost::system::error_code failure) {
    if (failure || watched.expired() || round != timer_round) return;
    child->poll_channel();  // this process may have been stopped itself
    if (round != timer_round) return;
    if (steady_clock::now() - heard < longest_silence) return watch_for_silence();
    take(upgrade_event::timed_out);
  });
}

void upgrader::impl::start_timer(std::chrono::milliseconds time) {
  timer.expires_after(time);
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
  if (child) child->poll_channel();
  if (round == timer_round) take(upgrade_event::timed_out);
}

upgrader::upgrader(boost::asio::io_context& context, os::process_image image, upgrade_settings settings,
                   std::function<std::vector<offered_listener>()> listeners, upgrade_callbacks callbacks)
    : impl_{std::make_unique<impl>(context, std::move(image), settings, std::move(listeners), std::move(callbacks))} {}

upgrader::~upgrader() {
  if (!impl_->child) return;
  switch (impl_->machine.state()) {
    case upgrade_state::checking:
    case upgrade_state::starting:
    case upgrade_state::killing:
    case upgrade_state::closing:
    case upgrade_state::losing:
      impl_->child->kill_and_reap();
      break;
    default:
      break;  // it serves, or still has requests of its own
  }
}

void upgrader::serving() {
  impl_->take(upgrade_event::serving);
}

void upgrader::predecessor_drained() {
  impl_->take(upgrade_event::predecessor_drained);
}

void upgrader::predecessor_gone() {
  if (impl_->machine.state() == upgrade_state::dismissing) impl_->stop_timer();
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

void upgrader::released() {
  if (impl_->machine.state() == upgrade_state::handed_over) say(released_message{});
}

void upgrader::drained() {
  if (impl_->machine.state() == upgrade_state::handed_over) say(drained_message{});
}

void upgrader::finished() {
  impl_->stop_timer();
  impl_->take(upgrade_event::finished);
}

void upgrader::say(const handover_message& message) {
  if (handover_channel* const to = channel()) to->send(message);
}

handover_channel* upgrader::channel() noexcept {
  return impl_->child ? impl_->child->channel() : nullptr;
}

bool upgrader::child_responds() const noexcept {
  return !impl_->sends_alive || steady_clock::now() - impl_->heard < lately;
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

unsigned upgrader::latest_generation() const noexcept {
  return impl_->latest_generation;
}

pid_t upgrader::child_pid() const noexcept {
  return impl_->child ? impl_->child->pid() : 0;
}

}  // namespace baton::upgrade
