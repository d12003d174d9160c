// What a program hands over to its next generation (baton/handover.hpp): blobs, each written by a `save`
// of the old build and read by a `load` of the new one, and counters. How they travel is not known here.
//
// A blob that this build does not know is skipped with a warning: a program may drop a kind of state. One
// whose version is newer than this build's vetoes the upgrade instead, and so does a `load` that
// throws: rolling back to an older build would else lose, without a word, what the newer one had
// gathered. Who wants just that says `upgrade.state_limit = 0` in the conf file of the new process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <baton/handover.hpp>

#include "os/error.hpp"
#include "os/memory_file.hpp"
#include "upgrade/counter_passing.hpp"

namespace baton::upgrade {

inline constexpr std::size_t max_states = 250;

/// One blob on its way.
struct state_blob {
  std::string name;
  std::uint32_t version = 0;
  os::memory_file file;
};

/// Filled before the process serves; constant from then on, save the counters.
class state_registry {
 public:
  /// Throws std::invalid_argument for a name that is taken or no name (handed_name.hpp), an empty
  /// function, or beyond `max_states`.
  void add(std::string name, std::uint32_t version, save_function save, load_function load);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  /// Runs every `save`, in the order of registration. `limit`: bytes of all blobs together. An error names
  /// the state: its `save` threw, it would exceed the limit, or the system has no room. Once `stop` is
  /// requested the next piece that is written throws. Any one thread at a time.
  [[nodiscard]] os::result<std::vector<state_blob>> save_all(std::uint64_t limit, std::stop_token stop = {}) const;

  /// Runs the `load` of every blob, in the order of registration, and lets go of each blob after it. Nothing
  /// is loaded if any blob is too new, there twice, or all together exceed `limit`. After an error the process
  /// should exit: half of the state may have been loaded. Main thread.
  [[nodiscard]] os::result<void> load_all(std::vector<state_blob> blobs, std::uint64_t limit) const;

  [[nodiscard]] counter_passing& counters() noexcept { return counters_; }

 private:
  struct entry {
    std::string name;
    std::uint32_t version = 0;
    save_function save;
    load_function load;
  };
  [[nodiscard]] const entry* find(std::string_view name) const noexcept;
  [[nodiscard]] os::result<void> check(const std::vector<state_blob>& blobs, std::uint64_t limit) const;
  [[nodiscard]] static os::result<state_blob> save(const entry& what, std::uint64_t limit, const std::stop_token& stop);
  [[nodiscard]] static os::result<void> load(const entry& what, const state_blob& blob);

  std::vector<entry> entries_;
  counter_passing counters_;
};

}  // namespace baton::upgrade
