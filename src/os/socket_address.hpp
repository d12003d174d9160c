// Where a socket is bound, in the form that listen addresses of the configuration parse to, so that
// an inherited listener can be compared with a configured one.
#pragma once

#include <optional>

#include "base/listen_address.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// Nullopt for other families than IPv4, IPv6 and local ones, and for a socket without a name.
[[nodiscard]] std::optional<listen_address> local_address(fd_view socket);

}  // namespace baton::os
