// What a program has asked to be called for in the life of its process, and the calling: each in the order
// of registration, and but for the start none kept from its turn by another's exception.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <baton/options.hpp>
#include <baton/upgrade_events.hpp>

#include "upgrade/preparation.hpp"

namespace baton {

/// Filled before `lifecycle::run`, constant from then on. The calls are the control thread's.
class hooks {
 public:
  std::vector<std::function<void()>> start;
  std::vector<std::function<void()>> reload;
  std::vector<std::function<void(const upgrade_attempt&)>> before_upgrade;
  std::vector<std::function<void()>> ready;
  std::vector<std::function<void(const successor&)>> handed_over;
  std::vector<std::function<void()>> stop;
  std::function<bool()> healthy;  // empty: always

  /// All of `before_upgrade` in one: the first that throws ends it. It holds copies, for it may run on when
  /// this has gone. Empty if there are none.
  [[nodiscard]] upgrade::veto_function veto(unsigned generation) const;

  /// Throws what the first that throws has thrown; those behind it are not called.
  void call_start() const;
  void tell_reload() const noexcept;
  void tell_ready() const noexcept;
  void tell_handed_over(const successor& next) const noexcept;
  void tell_stop() const noexcept;
};

/// What the options say about it.
[[nodiscard]] upgrade::preparation_settings preparation_of(const upgrade_options& settings);

}  // namespace baton
