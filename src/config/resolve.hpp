// Joins what the file and the command line say into one set of values. The stronger place wins; within
// one place nothing is said twice but `listen`. Whoever complains about a value names its place.
#pragma once

#include <vector>

#include "config/setting.hpp"
#include "config/table.hpp"

namespace baton::config {

struct resolution {
  values result;
  std::vector<complaint> complaints;  ///< not empty: `result` is not to be used
};

/// Starts from `defaults`. The places of `from_file` are in its file, those of `from_flags` on the
/// command line; each in the order written.
[[nodiscard]] resolution resolve(const table& options, values defaults, const std::vector<setting>& from_file,
                                 const std::vector<setting>& from_flags);

}  // namespace baton::config
