// The request target and the authority (RFC 9112 section 3.2): which of the four forms it has, and the
// path, query and host that follow from it.
#pragma once

#include <string_view>

#include <baton/request.hpp>

namespace baton::http {

/// True for `uri-host [ ":" port ]` (RFC 9110 section 7.2) with a host that is not empty: a registered
/// name, an IPv4 or a bracketed IPv6 address; the port at most 65535, or empty.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

/// Takes `req`'s target apart: sets path, query and, for the absolute form, host. Needs method and
/// target. Returns nothing if it is well, else the reason for a 400. Refuses what a later reader
/// could understand differently: dot segments (hidden in escapes too), NUL, broken escapes, `#`.
[[nodiscard]] std::string_view read_target(request& req);

/// The target's path as it was sent, not decoded: what routes match segment by segment, so that an
/// escaped slash does not end a segment. After `read_target`.
[[nodiscard]] std::string_view raw_path(const request& req) noexcept;

}  // namespace baton::http
