// What the life of a process has to do with the generation after it, beyond its start: the listeners that it
// does not want, and the way back.
#include <algorithm>
#include <exception>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "server/lifecycle.hpp"
#include "server/listeners.hpp"

namespace baton {

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
