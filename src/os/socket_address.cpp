#include "os/socket_address.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace baton::os {
namespace {

listen_address ipv4_of(const sockaddr_storage& storage) {
  sockaddr_in address{};
  std::memcpy(&address, &storage, sizeof address);
  char text[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return {address_kind::ipv4, text, ntohs(address.sin_port), {}};
}

listen_address ipv6_of(const sockaddr_storage& storage) {
  sockaddr_in6 address{};
  std::memcpy(&address, &storage, sizeof address);
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  return {address_kind::ipv6, text, ntohs(address.sin6_port), {}};
}

// The kernel counts the final NUL, and not every path has one.
std::optional<listen_address> local_of(const sockaddr_storage& storage, std::size_t size) {
  constexpr std::size_t start = offsetof(sockaddr_un, sun_path);
  sockaddr_un address{};
  std::memcpy(&address, &storage, sizeof address);
  const std::size_t room = size > start ? std::min(size - start, sizeof address.sun_path) : 0;
  std::string path{address.sun_path, ::strnlen(address.sun_path, room)};
  if (path.empty()) return std::nullopt;
  return listen_address{address_kind::unix_path, {}, 0, std::move(path)};
}

}  // namespace

std::optional<listen_address> local_address(fd_view socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  switch (storage.ss_family) {
    case AF_INET:
      return ipv4_of(storage);
    case AF_INET6:
      return ipv6_of(storage);
    case AF_UNIX:
      return local_of(storage, size);
    default:
      return std::nullopt;
  }
}

}  // namespace baton::os
