#include "server/lifecycle.hpp"

#include <cerrno>
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
#include "server/tls_files.hpp"

namespace baton {
namespace {

std::string joined(const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) text.append(text.empty() ? "" : ", ").append(address);
  return text;
}

std::string cannot_write_pid_file(const os::error& why) {
  std::string text = "cannot write the pid file: " + why.text();
  if (why.code.value() == EACCES) text += fmt::format("; its directory must be writable for user {}", ::geteuid());
  return text;
}

}  // namespace

lifecycle::lifecycle(const options& settings, std::string name, server_core& core, readiness& ready,
                     os::process_image image, upgrade::inheritance inherited, upgrade::state_registry& states,
                     reloader& reload, const hooks& called, const metric_sources& metrics)
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
                callbacks()},
      totals_{metrics.totals},
      admin_{io_, core, metrics, [this] { return report(); }} {
  hand_over_history();
  states_.counters().before_passing([this] { static_cast<void>(totals_.gather(core_.counters())); });
  reloader_.add(applies([this](const options& after) {
    upgrader_.timeout(after.upgrade.timeout);
    upgrader_.prepare(preparation_of(after.upgrade));
  }));
  core_.on_departure(
      [this, back = way_back_](session::worker_context& from, std::vector<net::moving_connection> leaving) {
        back->post([this, &from, leaving = std::move(leaving)]() mutable {
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
  open_admin();
  if (on_start) on_start();
  if (plugins_ != nullptr) plugins_->start(settings_.plugin);
  open_control();
  opened_listeners opened = open_listeners(settings_, std::move(inherited_));
  core_.load_certificates();  // the keys may be root's alone
  if (confine_) confine_();
  core_.prepare(std::move(opened.configured));
  signals_ = std::make_unique<signal_watch>(io_, os::signal_set::handled(),
                                            [this](const os::received_signal& signal) { on_signal(signal); });
  std::optional<os::pid_file_draft> pid_file;
  if (!settings_.pid_file.empty()) {
    auto draft = os::pid_file_draft::write(settings_.pid_file);
    if (!draft) throw std::runtime_error{cannot_write_pid_file(draft.error())};
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

void lifecycle::announce() {
  if (phase_ != phase::starting) return;
  timer_.cancel();
  const std::string addresses = joined(core_.urls());
  enter(phase::serving, addresses);
  journal_->serving();
  control_.accept();
  admin_.listener().accept();
  service_.serving(addresses);
  start_watchdog();
  if (watch_) watch_->start();
  say_serving();
}

void lifecycle::say_serving() const {
  const std::string line =
      fmt::format("{}: serving {} pid {} generation {}\n", name_, joined(core_.urls()), ::getpid(), generation_);
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
  admin_.changed(next, wants_clients());
  tell_progress();
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
  core_.reopen_access_log();
  if (phase_ != phase::starting && phase_ != phase::serving) {
    std::string why = fmt::format("generation {} is {}; it keeps its configuration", generation_, to_string(phase_));
    log::warning("reload asked for by {} refused: {}", by, why);
    reload_outcome refused{false, {std::move(why)}};
    noted(by, refused);
    return refused;
  }
  service_.reloading();
  reload_outcome outcome = reloader_.reload(by);
  noted(by, outcome);
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
    case watch_target::kind::certificate:
      if (phase_ != phase::serving) return false;
      reload_tls(core_, settings_, what);
      return true;
  }
  return true;
}

}  // namespace baton
