// What an operator is told of one connection, and of all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <baton/connection_info.hpp>

namespace baton::session {

struct connection_summary {
  connection_info info;
  connection_state state = connection_state::fresh;
  std::chrono::milliseconds age{0};  ///< since it was accepted, to 100 ms
  std::uint64_t requests = 0;
};

/// Open connections by state; may be a moment old.
struct connection_counts {
  std::size_t fresh = 0;
  std::size_t active = 0;
  std::size_t idle = 0;
  std::size_t upgraded = 0;
  [[nodiscard]] std::size_t open() const noexcept { return fresh + active + idle + upgraded; }
};

}  // namespace baton::session
