// Connections that stand before the run begins: each has sent a request and read its answer, so the server
// has taken it from its queue. They are opened in groups, since a burst longer than that queue waits a second
// for the kernel to try again.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "dialer.hpp"

namespace baton::bench {

/// How much of the first answer is waited for.
enum class first_answer { whole, head };

/// One of which the whole first answer says that the server closes it is returned closed: it is not to be asked again.
/// Throws std::runtime_error if one cannot connect, or gets no 2xx within ten seconds.
[[nodiscard]] std::vector<wire> open_connections(dialer& dial, std::size_t count, std::string_view request,
                                                 first_answer until);

/// How many of them the other side has closed.
[[nodiscard]] std::size_t closed_ones(const std::vector<wire>& links);

}  // namespace baton::bench
