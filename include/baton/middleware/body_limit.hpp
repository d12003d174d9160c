// A lower limit for request bodies than `limits.body`, for a group of routes.
#pragma once

#include <cstdint>

#include <baton/router.hpp>

namespace baton::with {

/// 413 for a request whose Content-Length is more than `bytes`, before its handler runs, and for a collected chunked
/// body that has become longer (`limits.body` still bounds what is collected). For handlers that take a `body_stream`
/// only Content-Length counts: a chunked body is theirs to count.
[[nodiscard]] middleware body_limit(std::uint64_t bytes);

}  // namespace baton::with
