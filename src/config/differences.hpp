// What a reload changes, for the log and for those who have to say what it cannot change.
#pragma once

#include <string>
#include <vector>

#include "config/parser.hpp"

namespace baton::config {

struct difference {
  std::string name;  ///< of the option
  std::string text;  ///< `limits.body: 8m -> 1m`; of an own option, which may be a secret, only that it is another
};

/// In the order of the table, own options behind. Both must be outcomes of the same parser.
[[nodiscard]] std::vector<difference> differences(const outcome& before, const outcome& after);

}  // namespace baton::config
