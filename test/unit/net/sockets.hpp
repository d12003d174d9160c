// The other end of a listener, for tests: plain blocking clients and what is known of a descriptor.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "net/listener.hpp"
#include "os/unique_fd.hpp"
#include "support/eventually.hpp"

namespace baton::net {

// A blocking connection to wherever `l` listens. errno tells why when it is empty.
inline os::unique_fd connect_to(const listener& l) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  BOOST_REQUIRE(::getsockname(l.socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  os::unique_fd client{::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  BOOST_REQUIRE(client.get() >= 0);
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) client.reset();
  return client;
}

inline bool close_on_exec(const os::unique_fd& fd) {
  return (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}
inline bool non_blocking(const os::unique_fd& fd) {
  return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) != 0;
}

// Everything until the end of the connection, or until nothing has come for the whole patience.
inline std::string read_all(const os::unique_fd& fd) {
  std::string text;
  for (;;) {
    pollfd ready{fd.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(test::patience.count())) != 1) return text + "[nothing more came]";
    char buffer[4096];
    const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (count < 0) return text + "[" + std::strerror(errno) + "]";
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

inline void write_all(const os::unique_fd& fd, std::string_view text) {
  BOOST_REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

}  // namespace baton::net
