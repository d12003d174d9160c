// The carried counters of this process, and what of them the other generation does not know yet. Counts
// go over as differences, so each increment arrives once whoever made it: the successor gets all
// values before it is ready and differences from then on; should it be ended by a rollback while it
// lives, it sends its own differences back the same way.
//
// A message that is lost with its receiver costs nothing: `values` begins anew for the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <baton/handover.hpp>

namespace baton::upgrade {

/// The program's 4096, and those of the library.
inline constexpr std::size_t max_carried_counters = 4096 + 1024;

struct counter_value {
  std::string name;
  std::uint64_t value = 0;
  friend bool operator==(const counter_value&, const counter_value&) = default;
};

/// One thread: the control thread. The counters themselves may be used by any.
class counter_passing {
 public:
  /// At 0. The reference lives as long as this object. Throws std::invalid_argument for a name that is
  /// taken or no name (handed_name.hpp), or beyond `max_carried_counters`.
  carried_counter& add(std::string name);

  /// Called first in `values` and `unsent`: brings counters up to date that are kept elsewhere.
  void before_passing(std::function<void()> gather) { gather_ = std::move(gather); }

  /// For a successor that knows nothing: all values, zeros left out. `unsent` counts from here.
  [[nodiscard]] std::vector<counter_value> values();
  /// What was added here since the last `values` or `unsent`; counters without a change left out. Not what
  /// came by `merge`.
  [[nodiscard]] std::vector<counter_value> unsent();

  /// Adds what the other generation sent, from its `values` or its `unsent`. Counters that this build does
  /// not have are skipped, with one warning for each unless it is one of the library's own (`baton.`).
  void merge(const std::vector<counter_value>& received);

 private:
  struct entry {
    std::string name;
    std::unique_ptr<carried_counter> counter;
  };
  [[nodiscard]] carried_counter* find(std::string_view name) noexcept;
  static std::uint64_t take_unsent(carried_counter& counter) noexcept;

  std::function<void()> gather_;
  std::vector<entry> entries_;
  std::set<std::string, std::less<>> unknown_;  // warned of; at most max_carried_counters
};

}  // namespace baton::upgrade
