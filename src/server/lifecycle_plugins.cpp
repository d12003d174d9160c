// What the life of a process has to do with its plugins.
#include <fmt/core.h>

#include "base/log.hpp"
#include "server/lifecycle.hpp"
#include "server/reload_parts.hpp"

namespace baton {

void lifecycle::attach(plugin_set& plugins) {
  plugins_ = &plugins;
  plugins_attached_.emplace(plugins, io_, core_);
  reloader_.add(plugins_part(plugins));
}

reload_outcome lifecycle::reload_plugins(std::string_view by) {
  if (plugins_ != nullptr && (phase_ == phase::starting || phase_ == phase::serving)) {
    reload_outcome outcome = plugins_->reload(by);
    noted(by, outcome);
    return outcome;
  }
  std::string why = fmt::format("generation {} is {}; its plugins stay as they are", generation_, to_string(phase_));
  log::warning("reload of plugins asked for by {} refused: {}", by, why);
  return {false, {std::move(why)}};
}

}  // namespace baton
