// A bound, listening socket: made here for a first generation, or adopted from whoever handed it over
// (src/upgrade). Always non-blocking and close-on-exec; never `shutdown()`, for the description is
// shared with other processes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sys/socket.h>
#include <sys/types.h>

#include <baton/client_address.hpp>

#include "base/listen_address.hpp"
#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::net {

struct listener {
  std::string spec;                                 ///< as configured; what the next generation asks for it by
  std::string local;                                ///< as bound: the port is the one that the system chose
  std::shared_ptr<const std::string> shared_local;  ///< the same, for the connections that come by it
  int family = AF_INET;
  listen_scheme scheme = listen_scheme::http;
  os::unique_fd socket;
  bool adopted = false;          ///< it came from another process, which may still need the path
  std::uint64_t path_inode = 0;  ///< of a unix listener's path, to know it again
};

struct bind_options {
  int backlog = 4096;
  unsigned unix_mode = 0660;
  std::string unix_owner;  ///< `user`, `user:group`, `:group` or empty
};

/// Binds and listens. A unix path that nobody listens on any more is replaced. Throws
/// std::system_error whose text names the address and the call that failed.
[[nodiscard]] listener bind_listener(const std::string& spec, const bind_options& options);

/// Takes over a socket that listens already; its backlog is set anew, mode and owner of a path stay as
/// they are. Throws as above.
[[nodiscard]] listener adopt_listener(const std::string& spec, os::unique_fd socket, int backlog);

/// Who may connect through a unix listener's path.
struct path_access {
  unsigned mode = 0660;
  uid_t user = static_cast<uid_t>(-1);   ///< -1: stays
  gid_t group = static_cast<gid_t>(-1);  ///< -1: stays
};

/// Looks the names up. Throws std::system_error if there is no such user or group; `spec` is for its text.
[[nodiscard]] path_access find_access(const std::string& spec, const bind_options& options);

/// Gives the path of a unix listener another mode and owner, if it is still this listener's. Any thread.
[[nodiscard]] os::result<void> set_access(const listener& l, const path_access& access);

/// Sets the length of the queue of a socket that listens.
[[nodiscard]] os::result<void> set_backlog(os::fd_view socket, int backlog);

/// `192.0.2.1:80`, `[2001:db8::1]:80`, `unix:/path` or `unix:`.
[[nodiscard]] std::string to_string(const sockaddr_storage& address, socklen_t length);
/// The same as a value; unknown for other families.
[[nodiscard]] client_address client_of(const sockaddr_storage& address) noexcept;

/// Removes a unix listener's path, if it is still this listener's. Before the socket closes, and only
/// where nobody takes it over.
void remove_path(const listener& l) noexcept;

}  // namespace baton::net
