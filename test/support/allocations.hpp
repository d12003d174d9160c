// Counts what this program allocates: a program that calls this has its operator new replaced. Only counting
// changes; memory still comes from malloc.
#pragma once

#include <cstddef>

namespace baton::test {

/// Calls of operator new by this thread so far.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace baton::test
