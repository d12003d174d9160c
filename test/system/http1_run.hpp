// Plays one case against a server, sees what happens, and judges it.
#pragma once

#include <string>
#include <vector>

#include "http1_case.hpp"
#include "support/raw_client.hpp"

namespace baton::test::http1 {

struct observation {
  std::string first;  ///< the first final answer's status, or `close`, `hang`, `raw`
  std::vector<reply> answers;
  std::size_t continues = 0;
  std::vector<std::string> faults;  ///< answers that break the protocol themselves
  ending end = ending::open;
};

/// Throws std::system_error if no connection can be made.
[[nodiscard]] observation play(const endpoint& where, const test_case& what);

/// Empty if one of the case's expectations is met; otherwise why none is.
[[nodiscard]] std::string judge(const test_case& what, const observation& seen);

}  // namespace baton::test::http1
