#include "support/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace baton::test {
namespace {

template <class Sockaddr>
socket_name pack(const Sockaddr& of) {
  socket_name out;
  std::memcpy(&out.storage, &of, sizeof of);
  out.size = sizeof of;
  return out;
}

}  // namespace

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

socket_name resolve(const endpoint& where) {
  if (where.local()) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    where.path.copy(name.sun_path, sizeof name.sun_path - 1);
    return pack(name);
  }
  sockaddr_in6 six{};
  if (inet_pton(AF_INET6, where.host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(where.port);
    if (IN6_IS_ADDR_UNSPECIFIED(&six.sin6_addr)) six.sin6_addr = in6addr_loopback;
    return pack(six);
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(where.port);
  if (inet_pton(AF_INET, where.host.c_str(), &four.sin_addr) != 1) throw std::invalid_argument{where.host};
  if (four.sin_addr.s_addr == INADDR_ANY) four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return pack(four);
}

descriptor stream_socket(const socket_name& where) {
  return descriptor{
      checked(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")};
}

descriptor connect_now(const endpoint& where) {
  const auto peer = resolve(where);
  auto made = stream_socket(peer);
  if (::connect(made.get(), peer.raw(), peer.size) != 0 && errno != EINPROGRESS) return {};
  const int yes = 1;
  if (!where.local()) ::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return made;
}

descriptor listen_on_loopback() {
  const auto name = resolve({"127.0.0.1", 0, {}});
  auto made = stream_socket(name);
  checked(::bind(made.get(), name.raw(), name.size), "bind");
  checked(::listen(made.get(), 4096), "listen");
  return made;
}

std::uint16_t local_port(int socket) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  checked(::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size), "getsockname");
  return ntohs(name.sin_port);
}

}  // namespace baton::test
