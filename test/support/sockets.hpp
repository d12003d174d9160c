// Sockets of the tests' own: where an endpoint is, and listening on the loopback address.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "support/descriptor.hpp"
#include "support/endpoint.hpp"

namespace baton::test {

/// What a system call returned; throws std::system_error with `what` if that is negative.
int checked(int result, const char* what);

struct socket_name {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* raw() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// `[::]` and `0.0.0.0` become the loopback address. Throws std::invalid_argument.
[[nodiscard]] socket_name resolve(const endpoint& where);

/// For that kind of address; non-blocking, close-on-exec.
[[nodiscard]] descriptor stream_socket(const socket_name& where);

/// Connected, or on its way to be; empty if refused at once.
[[nodiscard]] descriptor connect_now(const endpoint& where);

/// On a free port of 127.0.0.1; non-blocking, close-on-exec.
[[nodiscard]] descriptor listen_on_loopback();
[[nodiscard]] std::uint16_t local_port(int socket);

}  // namespace baton::test
