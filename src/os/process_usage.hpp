// What this process takes of the machine, as the kernel counts it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace baton::os {

struct process_usage {
  std::uint64_t resident = 0;          ///< bytes
  std::uint64_t virtual_size = 0;      ///< bytes
  std::size_t descriptors = 0;         ///< open ones
  std::uint64_t descriptor_limit = 0;  ///< RLIMIT_NOFILE; all ones: none
  std::chrono::microseconds cpu{0};    ///< of all threads, user and system
};

/// What /proc does not tell is zero. Any thread; opens and closes two descriptors.
[[nodiscard]] process_usage usage_of_this_process() noexcept;

}  // namespace baton::os
