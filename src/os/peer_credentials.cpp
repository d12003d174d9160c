#include "os/peer_credentials.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace baton::os {

result<credentials> peer_credentials(fd_view socket) {
  ucred found{};
  socklen_t size = sizeof found;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &found, &size) != 0)
    return last_error("getsockopt SO_PEERCRED");
  return credentials{found.pid, found.uid};
}

bool has_our_rights(const credentials& peer) noexcept {
  return peer.user == 0 || peer.user == ::geteuid();
}

}  // namespace baton::os
