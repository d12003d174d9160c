#include "server/lifecycle.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>

#include <unistd.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "os/pid_file.hpp"
#include "server/listeners.hpp"

namespace baton {
namespace {

std::string joined(const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) {
    if (!text.empty()) text += ", ";
    text += address.starts_with("unix:") ? address : "http://" + address;
  }
  return text;
}

}  // namespace

lifecycle::lifecycle(const options& settings, std::string name, server_core& core, readiness& ready,
                     os::process_image image, upgrade::inheritance inherited, upgrade::state_registry& states,
                     reloader& reload, const hooks& called)
    : settings_{settings},
      name_{std::move(name)},
      core_{core},
      ready_{ready},
      reloader_{reload},
      generation_{inherited.generation},
      hooks_{called},
      inherited_{std::move(inherited.listeners)},
      mover_{core},
      parent_{io_, std::move(inherited.parent), called.healthy},
      states_{states},
      state_sender_{io_, states},
      counters_{io_, states.counters()},
      upgrader_{io_,
                std::move(image),
                {settings.upgrade.timeout, generation_,
                 parent_.there() ? fsm::predecessor::alive : fsm::predecessor::none, preparation_of(settings.upgrade)},
                [this] { return offers(); },
                callbacks()} {
  hand_over_history();
  reloader_.add(applies([this](const options& after) {
    upgrader_.timeout(after.upgrade.timeout);
    upgrader_.prepare(preparation_of(after.upgrade));
  }));
  core_.on_departure([this](session::worker_context& from, std::vector<net::moving_connection> leaving) {
    boost::asio::post(io_, [this, &from, leaving = std::move(leaving)]() mutable {
      counters_.pass();  // first, or their clients could see a count go back
      mover_.depart(from, std::move(leaving));
    });
  });
}

int lifecycle::run(const std::function<void()>& on_start) {
  try {
    start(on_start);
  } catch (const std::exception& error) {
    if (control_.source() != nullptr && !control_.source()->adopted) control_.remove_path();
    if (parent_.there()) {
      core_.remove_paths(server_core::removal::own);  // the others are the predecessor's
      parent_.failed(error.what());
    }
    throw;
  }
  io_.run();
  hooks_.tell_stop();
  return status_;
}

void lifecycle::start(const std::function<void()>& on_start) {
  restore_state();
  if (on_start) on_start();
  if (plugins_ != nullptr) plugins_->start(settings_.plugin);
  open_control();
  opened_listeners opened = open_listeners(settings_, std::move(inherited_));
  core_.prepare(std::move(opened.configured));
  signals_ = std::make_unique<signal_watch>(io_, os::signal_set::handled(),
                                            [this](const os::received_signal& signal) { on_signal(signal); });
  std::optional<os::pid_file_draft> pid_file;
  if (!settings_.pid_file.empty()) {
    auto draft = os::pid_file_draft::write(settings_.pid_file);
    if (!draft) throw std::runtime_error{"cannot write the pid file: " + draft.error().text()};
    pid_file.emplace(std::move(*draft));
  }
  std::vector<std::string> unwanted;
  for (const net::listener& each : opened.unwanted) unwanted.push_back(each.spec);
  tell_parent(std::move(unwanted));
  core_.accept();
  if (pid_file) {
    if (const auto published = pid_file->publish(); !published) {
      log::error("cannot write the pid file: {}; serving without it", published.error().text());
    }
  }
  retire(std::move(opened.unwanted));
  upgrader_.serving();
  if (parent_.there()) {
    await_release();
  } else {
    announce();
  }
}

void lifecycle::restore_state() {
  const std::uint64_t limit = settings_.upgrade.state_limit;
  auto received = parent_.receive_state(limit, settings_.upgrade.timeout);
  if (!received) throw std::runtime_error{received.error().text()};
  const auto restored = upgrade::restore(states_, std::move(*received), limit);
  if (!restored) throw std::runtime_error{restored.error().text()};
}

// A predecessor that is busy holds the announcement up only so long.
void lifecycle::await_release() {
  constexpr std::chrono::seconds patience{1};
  timer_.expires_after(patience);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) announce();
  });
}

void lifecycle::tell_parent(std::vector<std::string> unwanted) {
  if (!parent_.there()) return;
  upgrade::parent_events events;
  events.released = [this] { announce(); };
  events.drained = [this] { upgrader_.predecessor_drained(); };
  events.taken_back = [this] { drain_back(); };
  events.gone = [this] {
    log::info("the previous generation has gone");
    mover_.close();
    counters_.close();
    upgrader_.predecessor_gone();
    announce();
  };
  events.on_message = [this](upgrade::incoming_message incoming) { take_from_parent(std::move(incoming)); };
  parent_.watch(std::move(events));
  parent_.ready(std::move(unwanted));
}

void lifecycle::take_from_parent(upgrade::incoming_message incoming) {
  if (std::holds_alternative<upgrade::connections_message>(incoming.message)) {
    mover_.take(incoming, *parent_.channel());
  } else if (const auto* const answer = std::get_if<upgrade::adopted_message>(&incoming.message)) {
    mover_.acknowledged(*answer);
  } else if (const auto* const counted = std::get_if<upgrade::counters_message>(&incoming.message)) {
    counters_.take(*counted);
  }
}

void lifecycle::take_from_child(upgrade::incoming_message incoming) {
  if (std::holds_alternative<upgrade::connections_message>(incoming.message)) {
    mover_.take(incoming, *upgrader_.channel());
  } else if (const auto* const answer = std::get_if<upgrade::adopted_message>(&incoming.message)) {
    mover_.acknowledged(*answer);
  } else if (std::holds_alternative<upgrade::leave_message>(incoming.message) && phase_ == phase::guarding) {
    log::info("generation {} ends its guard: the next upgrade is wanted", generation_);
    finish();
  } else if (const auto* const wanted = std::get_if<upgrade::state_wanted_message>(&incoming.message)) {
    state_sender_.send(wanted->limit, [this] { return upgrader_.channel(); });
  } else if (const auto* const counted = std::get_if<upgrade::counters_message>(&incoming.message)) {
    counters_.take(*counted);
  }
}

void lifecycle::announce() {
  if (phase_ != phase::starting) return;
  timer_.cancel();
  const std::string addresses = joined(core_.addresses());
  enter(phase::serving, addresses);
  journal_->serving();
  control_.accept();
  service_.serving(addresses);
  start_watchdog();
  if (watch_) watch_->start();
  say_serving();
}

void lifecycle::say_serving() const {
  const std::string line =
      fmt::format("{}: serving {} pid {} generation {}\n", name_, joined(core_.addresses()), ::getpid(), generation_);
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
  hooks_.tell_ready();
}

void lifecycle::start_watchdog() {
  const auto who = generation_ == 1 ? os::watchdog_reader::first_generation : os::watchdog_reader::successor;
  const auto timeout = os::watchdog_timeout(who);
  if (!timeout) return;
  const auto ask = [this](std::function<void()> answered) { core_.await_turns(std::move(answered)); };
  watchdog_.emplace(io_, *timeout, ask, [this] { service_.alive(); });
}

void lifecycle::enter(phase next, std::string_view why) {
  log::info("generation {}: {} -> {}: {}", generation_, to_string(phase_), to_string(next), why);
  phase_ = next;
  phase_since_ = std::chrono::system_clock::now();
  control_.changed();
}

void lifecycle::on_signal(const os::received_signal& signal) {
  const std::string_view name = os::signal_name(signal.number);
  switch (signal.number) {
    case SIGUSR2:
      static_cast<void>(ask_upgrade(fmt::format("{} from pid {}", name, signal.sender), {}));
      return;
    case SIGHUP:
    case SIGUSR1:
      reload(fmt::format("{} from pid {}", name, signal.sender));
      return;
    default:
      if (++terminations_ > 1) return exit_at_once(name);
      return stop(fmt::format("{} from pid {}", name, signal.sender));
  }
}

reload_outcome lifecycle::reload(std::string_view by) {
  reloader_.reopen_log();
  if (phase_ != phase::starting && phase_ != phase::serving) {
    std::string why = fmt::format("generation {} is {}; it keeps its configuration", generation_, to_string(phase_));
    log::warning("reload asked for by {} refused: {}", by, why);
    return {false, {std::move(why)}};
  }
  service_.reloading();
  reload_outcome outcome = reloader_.reload(by);
  service_.reloaded(outcome.ok ? "configuration reloaded" : "the last reload was refused");
  return outcome;
}

// A reload may have been asked for from within the watch that is to be replaced.
void lifecycle::watch(std::vector<watch_target> targets, std::chrono::milliseconds delay) {
  const auto replace = [this, targets = std::move(targets), delay] {
    watch_.emplace(io_, targets, delay, [this](const watch_target& target) { return on_change(target); });
    if (phase_ == phase::serving || phase_ == phase::upgrading) watch_->start();
  };
  if (phase_ == phase::starting) return replace();
  boost::asio::post(io_, replace);
}

bool lifecycle::on_change(const watch_target& target) {
  const std::string what = fmt::format("a change of {} {}", to_string(target.what), target.path);
  switch (target.what) {
    case watch_target::kind::binary:
    case watch_target::kind::trigger:
      // Until an upgrade or the predecessor's drain ends.
      if (const auto state = upgrader_.state();
          state != fsm::upgrade_state::idle && state != fsm::upgrade_state::guarded) {
        return false;
      }
      static_cast<void>(ask_upgrade(what, {}));
      return true;
    case watch_target::kind::config:
      if (phase_ != phase::serving) return false;
      reload(what);
      return true;
    case watch_target::kind::plugin:
      if (phase_ != phase::serving) return false;
      reload_plugins(what);
      return true;
  }
  return true;
}

upgrade::upgrade_callbacks lifecycle::callbacks() {
  upgrade::upgrade_callbacks result;
  result.before = hooks_.veto(generation_);
  result.on_begin = [this] {
    journal_->begun(upgrader_.latest_generation() + 1);
    enter(phase::upgrading, "the next generation is being started");
    service_.upgrading();
  };
  result.on_failed = [this](const std::string& reason, const std::vector<std::string>& lines) {
    service_.upgrade_failed(reason);
    on_upgrade_failed(reason, lines);
  };
  result.on_ready = [this](pid_t child, const upgrade::ready_message& ready) { on_upgrade_ready(child, ready); };
  result.on_dismiss = [this] { parent_.dismiss(); };
  result.on_take_back = [this](const std::string& reason) { take_back(reason); };
  result.on_finish = [this] {
    if (phase_ == phase::guarding) finish();
  };
  result.on_message = [this](upgrade::incoming_message incoming) { take_from_child(std::move(incoming)); };
  return result;
}

// The upgrader has logged why.
void lifecycle::on_upgrade_failed(const std::string& reason, const std::vector<std::string>& last_lines) {
  journal_->failed(reason, last_lines);
  state_sender_.abandon();
  for (const std::string& line : last_lines) log::error("the failed upgrade said: {}", line);
  if (phase_ == phase::upgrading) enter(phase::serving, "the upgrade has failed");
  if (phase_ == phase::draining) begin_drain();  // it waited for the end of the child
}

fsm::drain_manner lifecycle::manner_of(const upgrade::ready_message& ready) {
  switch (settings_.drain.idle) {
    case idle_policy::close:
      return fsm::drain_manner::close_idle;
    case idle_policy::linger:
      return fsm::drain_manner::linger_idle;
    case idle_policy::transfer:
      break;
  }
  const bool takes = (ready.features & upgrade::feature::takes_connections) != 0;
  return takes ? fsm::drain_manner::transfer_idle : fsm::drain_manner::linger_idle;
}

void lifecycle::on_upgrade_ready(pid_t child, const upgrade::ready_message& ready) {
  manner_ = manner_of(ready);
  drop_listeners(ready.unwanted);
  mover_.open(*upgrader_.channel());
  counters_.open([this] { return upgrader_.channel(); });
  core_.remove_paths(server_core::removal::none);
  passed_on_ = true;
  core_.on_released([this] {
    boost::asio::post(io_, [this] {
      counters_.pass();
      upgrader_.released();
      pass_control_on();
    });
  });
  service_.handed_over(child);
  drain(fmt::format("generation {} (pid {}) has taken over", upgrader_.latest_generation(), child));
  hooks_.tell_handed_over({child, upgrader_.latest_generation()});
}

// The upgrade is called off first: it may turn out that the next generation has taken over, and then this
// one is not the service any more.
void lifecycle::stop(const std::string& why) {
  const auto ends_anyway = [this] { return phase_ == phase::draining || phase_ == phase::guarding; };
  if (!ends_anyway()) upgrader_.cancel();
  if (ends_anyway()) return drain(why);
  ready_.withdraw();
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

// The previous generation serves again: what can move goes back to it.
void lifecycle::drain_back() {
  if (phase_ == phase::draining) return;
  core_.remove_paths(server_core::removal::none);
  give_control_back();
  mover_.open(*parent_.channel());
  counters_.open([this] { return parent_.channel(); });
  service_.replaced();
  manner_ =
      settings_.drain.idle == idle_policy::transfer ? fsm::drain_manner::transfer_idle : fsm::drain_manner::linger_idle;
  drain("the previous generation serves again");
}

void lifecycle::begin_drain() {
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

void lifecycle::take_back(std::string_view why) {
  timer_.cancel();
  progress_.cancel();
  status_ = 0;
  terminations_ = 0;  // what was asked of a process that was leaving anyway is no half of a demand to exit at once
  if (mover_.moved() != 0) {
    log::error("{} connections had moved to generation {}", mover_.moved(), upgrader_.latest_generation());
  }
  manner_ = fsm::drain_manner::none;
  core_.remove_paths(server_core::removal::all);
  core_.resume();
  mover_.close();
  counters_.close();
  service_.took_back(why);
  restore_listeners();
  if (!settings_.pid_file.empty()) {
    if (const auto written = os::write_pid_file(settings_.pid_file); !written) {
      log::error("cannot write the pid file: {}; serving without it", written.error().text());
    }
  }
  enter(phase::serving, why);
  take_control_back(why);
  if (watch_) watch_->start();
  say_serving();
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
