// The new process's part of the state hand-over, at its start, when there is nothing else to do: asks the
// predecessor, and waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "os/error.hpp"
#include "os/unique_fd.hpp"
#include "upgrade/counter_passing.hpp"
#include "upgrade/state_registry.hpp"

namespace baton::upgrade {

struct received_state {
  std::vector<state_blob> blobs;
  std::vector<counter_value> counters;
};

/// Asks for at most `limit` bytes of blobs (0: none) and the counters, and waits for their end, at most
/// `patience`. If the predecessor ends meanwhile, what has come whole is all there is, with a warning: this
/// process is the only one now. An error if the predecessor says that it cannot save, sends what is no
/// state, or too long nothing.
os::result<received_state> receive_state(os::fd_view channel, std::uint64_t limit, std::chrono::milliseconds patience);

/// Into `registry`: counters, then blobs. As state_registry::load_all.
os::result<void> restore(state_registry& registry, received_state state, std::uint64_t limit);

}  // namespace baton::upgrade
