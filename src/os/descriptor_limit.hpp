// RLIMIT_NOFILE: how many descriptors the process may have.
#pragma once

#include <cstddef>

#include "os/error.hpp"

namespace baton::os {

struct descriptor_limit {
  std::size_t soft = 0;  ///< what counts; a very large number where there is no limit
  std::size_t hard = 0;  ///< how far it may be raised
};

[[nodiscard]] descriptor_limit read_descriptor_limit() noexcept;

/// Raises the soft limit to `needed`, as far as the hard one goes, and never lowers it. The hard limit stays, also for
/// root who could raise it: it is what somebody has decided (`LimitNOFILE=`, `ulimit -H`). What is in force then.
descriptor_limit raise_descriptor_limit(std::size_t needed) noexcept;

}  // namespace baton::os
