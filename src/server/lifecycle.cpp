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

// What systemd is told is a courtesy: the service goes on without it.
void warn(const os::result<void>& told) {
  if (!told) log::warning("cannot notify the service manager: {}", told.error().text());
}

}  // namespace

lifecycle::lifecycle(const options& settings, std::string name, server_core& core, os::process_image image,
                     upgrade::inheritance inherited, reloader& reload, const hooks& called)
    : settings_{settings},
      name_{std::move(name)},
      core_{core},
      reloader_{reload},
      generation_{inherited.generation},
      hooks_{called},
      inherited_{std::move(inherited.listeners)},
      parent_{std::move(inherited.parent)},
      upgrader_{io_,
                std::move(image),
                {settings.upgrade.timeout, generation_, parent_ ? fsm::predecessor::alive : fsm::predecessor::none,
                 preparation_of(settings.upgrade)},
                [this] { return core_.offer_listeners(); },
                callbacks()} {
  reloader_.add(applies([this](const options& after) {
    upgrader_.timeout(after.upgrade.timeout);
    upgrader_.prepare(preparation_of(after.upgrade));
  }));
}

int lifecycle::run(const std::function<void()>& on_start) {
  try {
    start(on_start);
  } catch (const std::exception& error) {
    if (parent_) {
      core_.remove_paths(server_core::removal::own);  // the others are the predecessor's
      parent_->failed(error.what());
    }
    throw;
  }
  io_.run();
  hooks_.tell_stop();
  return status_;
}

void lifecycle::start(const std::function<void()>& on_start) {
  if (on_start) on_start();
  if (plugins_ != nullptr) plugins_->start(settings_.plugin);
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
  tell_parent();
  core_.accept();
  if (pid_file) {
    if (const auto published = pid_file->publish(); !published) {
      log::error("cannot write the pid file: {}; serving without it", published.error().text());
    }
  }
  retire(std::move(opened.unwanted));
  upgrader_.serving();
  if (parent_) {
    await_release();
  } else {
    announce();
  }
}

// A predecessor that is busy holds the announcement up only so long.
void lifecycle::await_release() {
  constexpr std::chrono::seconds patience{1};
  timer_.expires_after(patience);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) announce();
  });
}

void lifecycle::tell_parent() {
  if (!parent_) return;
  const auto gone = [this] {
    log::info("generation {} has gone", generation_ - 1);
    upgrader_.predecessor_gone();
    announce();
  };
  parent_->watch(io_, gone, [this] { announce(); });
  if (const auto told = parent_->ready(); !told) {
    log::warning("generation {} has gone already: {}", generation_ - 1, told.error().text());
  }
}

void lifecycle::announce() {
  if (phase_ != phase::starting) return;
  timer_.cancel();
  const std::string addresses = joined(core_.addresses());
  enter(phase::serving, addresses);
  // A successor's MAINPID is its parent's to send: systemd may not accept it from a process it does not know.
  if (generation_ == 1) warn(notify_.ready("serving " + addresses));
  const std::string line =
      fmt::format("{}: serving {} pid {} generation {}\n", name_, addresses, ::getpid(), generation_);
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
  hooks_.tell_ready();
}

void lifecycle::enter(phase next, std::string_view why) {
  log::info("generation {}: {} -> {}: {}", generation_, to_string(phase_), to_string(next), why);
  phase_ = next;
}

void lifecycle::on_signal(const os::received_signal& signal) {
  const std::string_view name = os::signal_name(signal.number);
  switch (signal.number) {
    case SIGUSR2:
      return ask_upgrade();
    case SIGHUP:
    case SIGUSR1:
      reload(fmt::format("{} from pid {}", name, signal.sender));
      return;
    default:
      if (++terminations_ > 1) return exit_at_once(name);
      return drain(fmt::format("{} from pid {}", name, signal.sender));
  }
}

reload_outcome lifecycle::reload(std::string_view by) {
  reloader_.reopen_log();
  if (phase_ != phase::starting && phase_ != phase::serving) {
    std::string why = fmt::format("generation {} is {}; it keeps its configuration", generation_, to_string(phase_));
    log::warning("reload asked for by {} refused: {}", by, why);
    return {false, {std::move(why)}};
  }
  return reloader_.reload(by);
}

void lifecycle::ask_upgrade() {
  // The upgrader logs why it refuses; a refusal changes nothing here.
  static_cast<void>(upgrader_.request("SIGUSR2"));
}

upgrade::upgrade_callbacks lifecycle::callbacks() {
  upgrade::upgrade_callbacks result;
  result.before = hooks_.veto(generation_);
  result.on_begin = [this] { enter(phase::upgrading, "the next generation is being started"); };
  result.on_failed = [this](const std::string&, const std::vector<std::string>& lines) { on_upgrade_failed(lines); };
  result.on_ready = [this](pid_t child) { on_upgrade_ready(child); };
  result.on_lost = [](const std::string& reason) { log::error("the next generation has been lost: {}", reason); };
  return result;
}

// The upgrader has logged why.
void lifecycle::on_upgrade_failed(const std::vector<std::string>& last_lines) {
  for (const std::string& line : last_lines) log::error("the failed upgrade said: {}", line);
  if (phase_ == phase::upgrading) enter(phase::serving, "the upgrade has failed");
  if (phase_ == phase::draining) begin_drain();  // it waited for the end of the child
}

void lifecycle::on_upgrade_ready(pid_t child) {
  core_.remove_paths(server_core::removal::none);
  core_.on_released([this] { boost::asio::post(io_, [this] { upgrader_.released(); }); });
  warn(notify_.main_pid(child));
  drain(fmt::format("generation {} (pid {}) has taken over", generation_ + 1, child));
  hooks_.tell_handed_over({child, generation_ + 1});
}

void lifecycle::drain(std::string_view why) {
  if (phase_ == phase::draining) return log::info("{}: generation {} drains already", why, generation_);
  upgrader_.cancel();  // may find that the next generation is ready, and come back here for that reason
  if (phase_ == phase::draining) return;
  enter(phase::draining, why);
  if (upgrader_.state() != fsm::upgrade_state::handed_over) warn(notify_.stopping());
  // A child that is being killed still holds the listeners: let it end before they are released.
  if (upgrader_.state() != fsm::upgrade_state::closing) begin_drain();
}

void lifecycle::begin_drain() {
  if (settings_.drain.timeout.count() != 0) {
    timer_.expires_after(settings_.drain.timeout);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) on_drain_timeout();
    });
  }
  core_.begin_drain([this] { boost::asio::post(io_, [this] { finish(); }); });
  report_progress();
}

void lifecycle::report_progress() {
  constexpr std::chrono::seconds interval{5};
  progress_.expires_after(interval);
  progress_.async_wait([this](boost::system::error_code error) {
    if (error || phase_ != phase::draining) return;
    log::info("generation {} drains: {} connections are left", generation_, core_.connections());
    report_progress();
  });
}

void lifecycle::on_drain_timeout() {
  log::error("{} connections are left after {} ms of draining; closing them", core_.connections(),
             settings_.drain.timeout.count());
  status_ = 1;
  core_.close();
  constexpr std::chrono::seconds patience{1};
  timer_.expires_after(patience);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    if (core_.connections() != 0) exit_at_once("handlers do not end");
    finish();
  });
}

void lifecycle::finish() {
  if (phase_ == phase::stopped) return;
  enter(phase::stopped, status_ == 0 ? "every connection has ended" : "connections were closed by force");
  remove_pid_file();
  timer_.cancel();
  io_.stop();
}

void lifecycle::exit_at_once(std::string_view why) {
  log::warning("exiting at once: {}; {} connections are cut", why, core_.connections());
  remove_pid_file();
  std::_Exit(1);
}

void lifecycle::remove_pid_file() const noexcept {
  const bool successors = upgrader_.state() == fsm::upgrade_state::handed_over;
  if (settings_.pid_file.empty() || successors) return;
  if (const auto removed = os::remove_pid_file(settings_.pid_file); !removed) {
    log::warning("cannot remove the pid file: {}", removed.error().text());
  }
}

}  // namespace baton
