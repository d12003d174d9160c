// Real listening sockets on addresses that the system chooses.
#pragma once

#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <boost/test/unit_test.hpp>

#include "os/unique_fd.hpp"

namespace baton::unit {

inline os::unique_fd bound_ipv4() {
  os::unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

inline os::unique_fd listening_ipv4() {
  os::unique_fd fd = bound_ipv4();
  BOOST_TEST_REQUIRE(::listen(fd.get(), 8) == 0);
  return fd;
}

inline os::unique_fd listening_ipv6() {
  os::unique_fd fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  BOOST_TEST_REQUIRE(::listen(fd.get(), 8) == 0);
  return fd;
}

inline os::unique_fd listening_at(const std::string& path) {
  os::unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  BOOST_TEST_REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  BOOST_TEST_REQUIRE(::listen(fd.get(), 8) == 0);
  return fd;
}

}  // namespace baton::unit
