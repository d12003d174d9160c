// What the life of a process has to do with the generations before and after it: what they say to each other,
// the hand-over, and the way back.
#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "os/pid_file.hpp"
#include "server/lifecycle.hpp"
#include "server/listeners.hpp"

namespace baton {

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
    other_.reset();
    admin_.changed();
    upgrader_.predecessor_gone();
    announce();
  };
  events.on_message = [this](upgrade::incoming_message incoming) { take_from_parent(std::move(incoming)); };
  parent_.watch(std::move(events));
  parent_.ready(std::move(unwanted));
}

void lifecycle::take_from_parent(upgrade::incoming_message incoming) {
  take_from_other(incoming, *parent_.channel());
}

void lifecycle::take_from_child(upgrade::incoming_message incoming) {
  if (std::holds_alternative<upgrade::leave_message>(incoming.message) && phase_ == phase::guarding) {
    log::info("generation {} ends its guard: the next upgrade is wanted", generation_);
    finish();
  } else if (const auto* const wanted = std::get_if<upgrade::state_wanted_message>(&incoming.message)) {
    state_sender_.send(wanted->limit, [this] { return upgrader_.channel(); });
  } else {
    take_from_other(incoming, *upgrader_.channel());
  }
}

// What goes both ways: connections and counts.
void lifecycle::take_from_other(upgrade::incoming_message& incoming, upgrade::handover_channel& channel) {
  if (std::holds_alternative<upgrade::connections_message>(incoming.message)) {
    mover_.take(incoming, channel);
  } else if (const auto* const answer = std::get_if<upgrade::adopted_message>(&incoming.message)) {
    mover_.acknowledged(*answer);
  } else if (const auto* const counted = std::get_if<upgrade::counters_message>(&incoming.message)) {
    counters_.take(*counted);
  } else if (const auto* const told = std::get_if<upgrade::progress_message>(&incoming.message)) {
    take_progress(*told);
  }
}

upgrade::upgrade_callbacks lifecycle::callbacks() {
  upgrade::upgrade_callbacks result;
  result.before = hooks_.veto(generation_);
  result.on_begin = [this] {
    journal_->begun(upgrader_.latest_generation() + 1);
    enter(phase::upgrading, "the next generation is being started");
    service_.upgrading();
  };
  result.on_start = [this] { serving_first_.begin(); };
  result.on_failed = [this](const std::string& reason, const std::vector<std::string>& lines) {
    serving_first_.end();
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
  totals_.upgrades_failed.add();
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
  serving_first_.end();
  manner_ = manner_of(ready);
  drop_listeners(ready.unwanted);
  mover_.open(*upgrader_.channel());
  counters_.open([this] { return upgrader_.channel(); });
  core_.remove_paths(server_core::removal::none);
  passed_on_ = true;
  core_.on_released([this] {
    boost::asio::post(io_, [this] {
      if (passed_on_) admin_.listener().pass_on();
      counters_.pass();
      upgrader_.released();
      pass_control_on();
    });
  });
  service_.handed_over(child);
  drain(fmt::format("generation {} (pid {}) has taken over", upgrader_.latest_generation(), child));
  hooks_.tell_handed_over({child, upgrader_.latest_generation()});
}

// The previous generation serves again: what can move goes back to it.
void lifecycle::drain_back() {
  if (phase_ == phase::draining) return;
  core_.remove_paths(server_core::removal::none);
  admin_.listener().pass_on();
  give_control_back();
  mover_.open(*parent_.channel());
  counters_.open([this] { return parent_.channel(); });
  service_.replaced();
  manner_ =
      settings_.drain.idle == idle_policy::transfer ? fsm::drain_manner::transfer_idle : fsm::drain_manner::linger_idle;
  drain("the previous generation serves again");
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

// Nobody accepts on them any more: who connects learns it at once.
void lifecycle::drop_listeners(const std::vector<std::string>& unwanted) {
  if (unwanted.empty()) return;
  std::vector<std::string> wanted;
  for (const served_listener& each : core_.served()) wanted.push_back(each.spec);
  for (const std::string& spec : unwanted) {
    if (const auto found = std::find(wanted.begin(), wanted.end(), spec); found != wanted.end()) wanted.erase(found);
  }
  core_.serve_on(plan_listeners(core_.served(), wanted), {});
}

// Those that were dropped for the lost generation.
void lifecycle::restore_listeners() {
  const listener_plan plan = plan_listeners(core_.served(), settings_.listen);
  try {
    bound_listeners bound{plan, settings_};
    core_.serve_on(plan, bound.take());
  } catch (const std::exception& error) {
    log::error("{}; serving without it", error.what());
  }
}

std::optional<std::string> lifecycle::roll_back(std::string_view by) {
  std::string refusal;
  if (!parent_.there()) {
    refusal = "the previous generation has gone; put its binary back in place and upgrade to it";
  } else if (phase_ != phase::serving) {
    refusal = fmt::format("generation {} is {}", generation_, to_string(phase_));
  }
  if (!refusal.empty()) {
    log::warning("rollback asked for by {} refused: {}", by, refusal);
    return refusal;
  }
  log::info("rollback asked for by {}: the previous generation is to serve again", by);
  parent_.roll_back(by);
  return std::nullopt;
}

}  // namespace baton
