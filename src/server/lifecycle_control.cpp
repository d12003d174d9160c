// What the control socket sees and moves of a lifecycle.
#include <exception>
#include <filesystem>
#include <utility>

#include <unistd.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "server/connection_survey.hpp"
#include "server/lifecycle.hpp"

namespace baton {

using std::chrono::system_clock;

namespace {

// Another path in the configuration: the clients that are here stay.
class control_change final : public prepared_change {
 public:
  control_change(control_server& control, const std::string& path) : control_{control} {
    upgrade::inherited_listeners none;
    bound_ = open_control_socket(path, none);
  }
  ~control_change() override {
    if (bound_ && !committed_) net::remove_path(*bound_);
  }
  void commit() override {
    committed_ = true;
    control_.remove_path();
    control_.listen_on(std::move(bound_));
  }

 private:
  control_server& control_;
  std::optional<net::listener> bound_;
  bool committed_ = false;
};

}  // namespace

// Not worth an upgrade: where the states of the program leave no room, the next generation begins anew.
void lifecycle::hand_over_history() {
  states_.add(
      "baton.history", 1,
      [journal = journal_](state_writer& out) {
        const std::string text = journal->saved();
        if (text.size() <= out.left()) out.write(text);
      },
      [journal = journal_](const state_reader& in) { journal->restore(in.bytes()); });
  states_.add(
      "baton.reloads", 1,
      [past = reloads_](state_writer& out) {
        const std::string text = past->saved();
        if (text.size() <= out.left()) out.write(text);
      },
      [past = reloads_](const state_reader& in) { past->restore(in.bytes()); });
}

void lifecycle::open_control() {
  control_.listen_on(open_control_socket(settings_.control, inherited_));
  reloader_.add([this](const settings_change& change) -> std::unique_ptr<prepared_change> {
    if (change.before.control == change.after.control) return nullptr;
    return std::make_unique<control_change>(control_, change.after.control);
  });
}

control_service lifecycle::service() {
  control_service all;
  all.status = [this] { return status(); };
  all.upgrade = [this](const std::string& by, operation_callback done) { return ask_upgrade(by, std::move(done)); };
  all.rollback = [this](const std::string& by, operation_callback done) { return ask_rollback(by, std::move(done)); };
  all.reload = [this](const std::string& by) { return reload_for_control(by); };
  // Posted: they may end this process, and the client is to get its answer first.
  all.drain = [this](const std::string& by) { boost::asio::post(io_, [this, by] { drain(by); }); };
  all.stop = [this](const std::string& by) { exit_at_once(by); };
  all.connections = [this](std::size_t limit, std::function<void(const connection_list&)> done) {
    survey_connections(core_, io_, way_back_, limit, std::move(done));
  };
  all.past = [this] {
    journal_->arrived(mover_.arrived());
    return journal_->past().entries();
  };
  return all;
}

std::optional<std::string> lifecycle::ask_upgrade(const std::string& by, operation_callback done) {
  journal_->asked(by);
  // The upgrader logs why it refuses; a refusal changes nothing here.
  auto refused = upgrader_.request(by);
  if (!refused) journal_->await_end(std::move(done));
  return refused;
}

operation_result lifecycle::reload_for_control(const std::string& by) {
  const auto began = std::chrono::steady_clock::now();
  reload_outcome outcome = reload(by);
  operation_result result;
  result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  if (outcome.ok) {
    result.messages = std::move(outcome.messages);
  } else {
    result.failure = failure_report{"the configuration stays as it is", std::move(outcome.messages)};
  }
  return result;
}

process_status lifecycle::status() const {
  process_status now;
  now.name = name_;
  now.version = version_;
  now.pid = ::getpid();
  now.generation = generation_;
  now.now = phase_;
  now.since = phase_since_;
  now.started = started_;
  now.listeners = core_.urls();
  now.control = control_.path();
  now.connections = core_.counts();
  if (phase_ == phase::draining) now.drain = drain_state();
  now.upgrade = upgrader_.state();
  now.child = upgrader_.child_pid();
  now.next_generation = upgrader_.latest_generation() + 1;
  if (const auto& failure = upgrader_.last_failure())
    now.last_failure = failure_report{failure->reason, failure->last_lines};
  return now;
}

drain_progress lifecycle::drain_state() const {
  drain_progress state;
  state.left = core_.connections();
  state.since = phase_since_;
  if (settings_.drain.timeout.count() != 0) state.deadline = phase_since_ + settings_.drain.timeout;
  return state;
}

// The next generation accepts from now on; the clients that are here stay.
void lifecycle::pass_control_on() {
  if (!passed_on_) return;  // taken back meanwhile
  control_.pause();
  journal_->succeeded(upgrader_.child_pid());
  totals_.upgrades_ready.add();
}

// The previous generation accepts from now on.
void lifecycle::give_control_back() {
  passed_on_ = true;
  control_.pause();
  for (const auto& done : std::exchange(awaiting_rollback_, {})) done({});
}

void lifecycle::take_control_back(std::string_view why) {
  passed_on_ = false;
  totals_.upgrades_taken_back.add();
  restore_control();
  control_.accept();
  admin_.listener().take_back();
  journal_->taken_back(std::string{why}, mover_.moved());
}

// The lost generation may have been configured with another path, and have removed this one.
void lifecycle::restore_control() {
  if (settings_.control.empty() || std::filesystem::exists(control_.path())) return;
  try {
    upgrade::inherited_listeners none;
    control_.listen_on(open_control_socket(settings_.control, none));
  } catch (const std::exception& error) {
    log::error("{}; serving without it", error.what());
  }
}

std::optional<std::string> lifecycle::ask_rollback(const std::string& by, operation_callback done) {
  auto refused = roll_back(by);
  if (!refused && done) awaiting_rollback_.push_back(std::move(done));
  return refused;
}

// Clients get the answers that they are owed, then the process ends.
void lifecycle::close_control() {
  if (!passed_on_) control_.remove_path();
  control_.finish(!passed_on_, [this] { io_.stop(); });
}

std::vector<upgrade::offered_listener> lifecycle::offers() const {
  auto all = core_.offer_listeners();
  if (const net::listener* const own = control_.source()) all.push_back({own->spec, own->socket});
  for (const upgrade::offered_listener& each : admin_.listener().offers()) all.push_back(each);
  return all;
}

}  // namespace baton
