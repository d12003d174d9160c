// Addresses of listeners, to find out which inherited socket is the one that the configuration asks
// for. Numeric only: a name may mean another address tomorrow.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "os/unique_fd.hpp"

namespace baton::os {

/// An address in one text per address: two of them are equal if their texts are.
struct socket_address {
  std::string text;  ///< `192.0.2.1:80`, `[2001:db8::1]:80`, `unix:/path`

  friend bool operator==(const socket_address&, const socket_address&) = default;
};

/// Of `address:port`, `[address]:port` or `unix:/path`. Nullopt if it is none of them, or if the port
/// is 0 and so names no address yet.
[[nodiscard]] std::optional<socket_address> parse_socket_address(std::string_view spec);

/// Where `socket` is bound; nullopt for another family or an unnamed socket.
[[nodiscard]] std::optional<socket_address> local_address(fd_view socket);

}  // namespace baton::os
