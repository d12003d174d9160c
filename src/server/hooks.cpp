#include "server/hooks.hpp"

#include <exception>
#include <string_view>

#include "base/log.hpp"

namespace baton {
namespace {

// What such a callback is told of has happened already; its failure is its own affair.
template <class... Arguments>
void call_each(std::string_view name, const std::vector<std::function<void(Arguments...)>>& callbacks,
               const std::remove_cvref_t<Arguments>&... arguments) noexcept {
  for (const auto& callback : callbacks) {
    try {
      callback(arguments...);
    } catch (const std::exception& error) {
      log::error("an {} callback failed: {}; nothing else changes", name, error.what());
    } catch (...) {
      log::error("an {} callback failed with an exception of no known kind; nothing else changes", name);
    }
  }
}

}  // namespace

upgrade::veto_function hooks::veto(unsigned generation) const {
  if (before_upgrade.empty()) return {};
  return [callbacks = before_upgrade, generation](const std::string& binary) {
    const upgrade_attempt attempt{generation, binary};
    for (const auto& callback : callbacks) callback(attempt);
  };
}

void hooks::call_start() const {
  for (const auto& callback : start) callback();
}

void hooks::tell_reload() const noexcept {
  call_each("on_reload", reload);
}

void hooks::tell_ready() const noexcept {
  call_each("on_ready", ready);
}

void hooks::tell_handed_over(const successor& next) const noexcept {
  call_each("on_handed_over", handed_over, next);
}

void hooks::tell_stop() const noexcept {
  call_each("on_stop", stop);
}

upgrade::preparation_settings preparation_of(const upgrade_options& settings) {
  return {settings.before, settings.before_timeout, {settings.sha256, settings.signature, settings.public_key}};
}

}  // namespace baton
