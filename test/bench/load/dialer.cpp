#include "dialer.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace baton::bench {
namespace {

constexpr std::size_t per_source = 4'000;
constexpr std::size_t sources = 250;
// The cheapest there is. Where the system's default is BBR, requests would be paced, and each acknowledgement cost
// more.
constexpr std::string_view plain_control = "reno";

void set(int socket, int level, int name, int value) noexcept {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

dialer::dialer(const options& wanted)
    : used_sources_{(wanted.connections + wanted.idle + per_source - 1) / per_source} {
  server_.sin_family = AF_INET;
  server_.sin_port = htons(wanted.port);
  if (::inet_pton(AF_INET, wanted.host.c_str(), &server_.sin_addr) != 1) {
    throw std::invalid_argument{"--host is an IPv4 address"};
  }
  if (wanted.tls != tls_use::none) tls_ = std::make_unique<tls_client>(wanted.tls);
}

bool dialer::connect_from(int socket, std::size_t source) const noexcept {
  if (source != 0) {
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<in_addr_t>(source));
    set(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return false;
  }
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) == 0 || errno == EINPROGRESS;
}

wire dialer::dial() {
  const bool loopback = (ntohl(server_.sin_addr.s_addr) >> 24) == 127;
  const auto source = dialled_++ / per_source % used_sources_;
  for (std::size_t further = 0; further < sources; ++further) {
    os::unique_fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return {};
    set(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, plain_control.data(), plain_control.size());
    if (receive_buffer_ != 0) set(socket.get(), SOL_SOCKET, SO_RCVBUF, receive_buffer_);
    if (connect_from(socket.get(), loopback ? (source + further) % sources : 0)) {
      auto session = tls_ ? tls_->session(socket.get()) : ssl_ptr{};
      return wire{std::move(socket), std::move(session)};
    }
    if (!loopback || errno != EADDRNOTAVAIL) return {};
  }
  return {};
}

void allow_descriptors(std::size_t count) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) return;
  const rlimit beyond{count, std::max<rlim_t>(count, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &beyond) == 0) return;  // more than the hard limit is for root alone
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace baton::bench
