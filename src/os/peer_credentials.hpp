// Who is at the other end of a unix socket, as the kernel noted it when that end connected.
#pragma once

#include <sys/types.h>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

struct credentials {
  pid_t pid = 0;  ///< of the process that connected; it may have ended
  uid_t user = 0;
};

/// Of a connected unix stream socket.
result<credentials> peer_credentials(fd_view socket);

/// Whether that peer may do whatever this process may: it runs as the same user, or as root.
[[nodiscard]] bool has_our_rights(const credentials& peer) noexcept;

}  // namespace baton::os
