// The one answer of a `redirect://` listener: the same target on https.
#pragma once

#include <atomic>
#include <cstdint>

#include "http/route_table.hpp"

namespace baton::session {

/// 308 to the request's own host, at `port`, which must outlive the route; 400 where the request names no host or
/// one that could be mistaken for something else. The connection closes: the client goes elsewhere.
[[nodiscard]] http::route route_to_https(const std::atomic<std::uint16_t>& port);

}  // namespace baton::session
