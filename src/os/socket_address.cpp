#include "os/socket_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace baton::os {
namespace {

constexpr std::string_view unix_prefix = "unix:";

socket_address text_of(const in_addr& address, std::uint16_t port) {
  char text[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, &address, text, sizeof text);
  return {std::string{text} + ':' + std::to_string(port)};
}

socket_address text_of(const in6_addr& address, std::uint16_t port) {
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(AF_INET6, &address, text, sizeof text);
  return {'[' + std::string{text} + "]:" + std::to_string(port)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [at, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || at != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::optional<socket_address> parse_socket_address(std::string_view spec) {
  if (spec.substr(0, unix_prefix.size()) == unix_prefix) {
    if (spec.size() == unix_prefix.size()) return std::nullopt;
    return socket_address{std::string{spec}};
  }
  const auto colon = spec.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(spec.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string host{spec.substr(0, colon)};
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return text_of(v4, *port);
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
  host = host.substr(1, host.size() - 2);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return text_of(v6, *port);
  return std::nullopt;
}

std::optional<socket_address> local_address(fd_view socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  switch (storage.ss_family) {
    case AF_INET: {
      sockaddr_in address{};
      std::memcpy(&address, &storage, sizeof address);
      return text_of(address.sin_addr, ntohs(address.sin_port));
    }
    case AF_INET6: {
      sockaddr_in6 address{};
      std::memcpy(&address, &storage, sizeof address);
      return text_of(address.sin6_addr, ntohs(address.sin6_port));
    }
    case AF_UNIX: {
      sockaddr_un address{};
      std::memcpy(&address, &storage, sizeof address);
      const std::size_t room = size > offsetof(sockaddr_un, sun_path) ? size - offsetof(sockaddr_un, sun_path) : 0;
      const std::string path{address.sun_path, ::strnlen(address.sun_path, std::min(room, sizeof address.sun_path))};
      if (path.empty()) return std::nullopt;
      return socket_address{std::string{unix_prefix} + path};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace baton::os
