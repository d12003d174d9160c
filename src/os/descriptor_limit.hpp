// RLIMIT_NOFILE: how many descriptors the process may have.
#pragma once

#include <cstddef>

#include "os/error.hpp"

namespace baton::os {

struct descriptor_limit {
  std::size_t soft = 0;  ///< what counts; a very large number where there is no limit
  std::size_t hard = 0;  ///< how far anybody may raise it
};

[[nodiscard]] descriptor_limit read_descriptor_limit() noexcept;

/// Raises the soft limit to `needed`, and the hard one where this process may; never lowers any. What is in force
/// then: less than `needed` where the system allows no more.
descriptor_limit raise_descriptor_limit(std::size_t needed) noexcept;

}  // namespace baton::os
