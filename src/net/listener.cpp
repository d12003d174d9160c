#include "net/listener.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/core.h>

namespace baton::net {
namespace {

[[noreturn]] void fail(const std::string& spec, std::string_view call, int error) {
  throw std::system_error{error, std::system_category(), fmt::format("cannot listen on {}: {}", spec, call)};
}

struct socket_address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

socket_address resolve(const listen_address& address) {
  socket_address result;
  switch (address.kind) {
    case address_kind::ipv4: {
      auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(address.port);
      ::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
      result.length = sizeof v4;
      break;
    }
    case address_kind::ipv6: {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(address.port);
      ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
      result.length = sizeof v6;
      break;
    }
    case address_kind::unix_path: {
      auto& un = reinterpret_cast<sockaddr_un&>(result.storage);
      un.sun_family = AF_UNIX;
      address.path.copy(un.sun_path, sizeof un.sun_path - 1);
      result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.path.size() + 1);
      break;
    }
  }
  return result;
}

listen_address parse(const std::string& spec) {
  parsed_address parsed = parse_address(spec);
  if (!parsed) {
    throw std::system_error{EINVAL, std::system_category(), fmt::format("cannot listen on {}: {}", spec, parsed.error)};
  }
  return std::move(*parsed.address);
}

// Removes a socket file that refuses connections: its owner has died. One that answers is in use.
void remove_stale(const std::string& spec, const std::string& path, const socket_address& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode)) fail(spec, "the path exists and is no socket", EEXIST);
  const os::unique_fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (probe.get() < 0) fail(spec, "socket", errno);
  if (::connect(probe.get(), address.get(), address.length) == 0 || errno == EAGAIN) fail(spec, "bind", EADDRINUSE);
  if (errno == ECONNREFUSED && ::unlink(path.c_str()) != 0 && errno != ENOENT) fail(spec, "unlink", errno);
}

const char* path_of(const listener& l) noexcept {
  return l.local.c_str() + std::string_view{"unix:"}.size();
}

std::uint64_t inode_of(const char* path) noexcept {
  struct stat info {};
  return ::lstat(path, &info) == 0 && S_ISSOCK(info.st_mode) ? info.st_ino : 0;
}

path_access find_owner(const std::string& spec, const std::string& text) {
  path_access result;
  const std::size_t colon = text.find(':');
  const std::string user = text.substr(0, colon);
  const std::string group = colon == std::string::npos ? std::string{} : text.substr(colon + 1);
  if (!user.empty()) {
    const passwd* const entry = ::getpwnam(user.c_str());
    if (entry == nullptr) fail(spec, fmt::format("no such user as '{}'", user), ENOENT);
    result.user = entry->pw_uid;
  }
  if (!group.empty()) {
    const ::group* const entry = ::getgrnam(group.c_str());
    if (entry == nullptr) fail(spec, fmt::format("no such group as '{}'", group), ENOENT);
    result.group = entry->gr_gid;
  }
  return result;
}

// Linux gives the path the mode of the unbound socket, so there is no moment with a wider one.
void bind_unix(const std::string& spec, const os::unique_fd& socket, const socket_address& address,
               const std::string& path, const bind_options& options) {
  const path_access who = find_owner(spec, options.unix_owner);
  if (::fchmod(socket.get(), options.unix_mode) != 0) fail(spec, "fchmod", errno);
  if (::bind(socket.get(), address.get(), address.length) != 0) fail(spec, "bind", errno);
  const char* failed = nullptr;
  if (::chmod(path.c_str(), options.unix_mode) != 0) failed = "chmod";  // the umask took some bits
  if (failed == nullptr && !options.unix_owner.empty() && ::chown(path.c_str(), who.user, who.group) != 0) {
    failed = "chown";
  }
  if (failed == nullptr && ::listen(socket.get(), options.backlog) != 0) failed = "listen";
  if (failed == nullptr) return;
  const int error = errno;
  ::unlink(path.c_str());
  fail(spec, failed, error);
}

void bind_inet(const std::string& spec, const os::unique_fd& socket, const socket_address& address) {
  const int on = 1;
  const int off = 0;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) fail(spec, "SO_REUSEADDR", errno);
  if (address.storage.ss_family == AF_INET6 &&
      ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) {
    fail(spec, "IPV6_V6ONLY", errno);
  }
  if (::bind(socket.get(), address.get(), address.length) == 0) return;
  const bool forbidden = errno == EACCES;
  fail(spec, forbidden ? "bind (ports below 1024 need CAP_NET_BIND_SERVICE; see privileges.keep)" : "bind", errno);
}

// Accepted sockets inherit these. With Nagle's algorithm pipelined answers, and the tail of a large one,
// wait for a delayed acknowledgement; without probes a peer that has vanished is never missed.
void set_connection_options(const std::string& spec, const os::unique_fd& socket) {
  const auto set = [&](int level, int name, int value) {
    if (::setsockopt(socket.get(), level, name, &value, sizeof value) != 0) fail(spec, "setsockopt", errno);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

// An inherited listener that is not configured may have any text.
listen_scheme scheme_of(const std::string& spec) {
  const parsed_address parsed = parse_address(spec);
  return parsed ? parsed.address->scheme : listen_scheme::http;
}

listener describe(const std::string& spec, os::unique_fd socket) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) fail(spec, "getsockname", errno);
  listener result;
  result.spec = spec;
  result.local = to_string(bound, length);
  result.shared_local = std::make_shared<const std::string>(result.local);
  result.family = bound.ss_family;
  result.socket = std::move(socket);
  result.scheme = scheme_of(spec);
  if (result.family == AF_UNIX) {
    result.path_inode = inode_of(path_of(result));
  } else {
    set_connection_options(spec, result.socket);
  }
  return result;
}

}  // namespace

std::string to_string(const sockaddr_storage& address, socklen_t length) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  switch (address.ss_family) {
    case AF_INET: {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
      ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
      return fmt::format("{}:{}", text.data(), ntohs(v4.sin_port));
    }
    case AF_INET6: {
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
      return fmt::format("[{}]:{}", text.data(), ntohs(v6.sin6_port));
    }
    case AF_UNIX: {
      const auto& un = reinterpret_cast<const sockaddr_un&>(address);
      const std::size_t room = length > offsetof(sockaddr_un, sun_path) ? length - offsetof(sockaddr_un, sun_path) : 0;
      return "unix:" + std::string{un.sun_path, ::strnlen(un.sun_path, room)};
    }
    default:
      return "?";
  }
}

client_address client_of(const sockaddr_storage& address) noexcept {
  switch (address.ss_family) {
    case AF_INET: {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
      std::array<std::uint8_t, 4> bytes{};
      std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
      return client_address::ipv4(bytes, ntohs(v4.sin_port));
    }
    case AF_INET6: {
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
      std::array<std::uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
      return client_address::ipv6(bytes, ntohs(v6.sin6_port));
    }
    case AF_UNIX:
      return client_address::local();
    default:
      return {};
  }
}

listener adopt_listener(const std::string& spec, os::unique_fd socket, int backlog) {
  if (::listen(socket.get(), backlog) != 0) fail(spec, "listen", errno);
  listener result = describe(spec, std::move(socket));
  result.adopted = true;
  return result;
}

listener bind_listener(const std::string& spec, const bind_options& options) {
  const listen_address address = parse(spec);
  const socket_address bound = resolve(address);
  os::unique_fd socket{::socket(bound.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.get() < 0) fail(spec, "socket", errno);
  if (address.kind == address_kind::unix_path) {
    remove_stale(spec, address.path, bound);
    bind_unix(spec, socket, bound, address.path, options);
  } else {
    bind_inet(spec, socket, bound);
    if (::listen(socket.get(), options.backlog) != 0) fail(spec, "listen", errno);
  }
  return describe(spec, std::move(socket));
}

path_access find_access(const std::string& spec, const bind_options& options) {
  path_access access = find_owner(spec, options.unix_owner);
  access.mode = options.unix_mode;
  return access;
}

os::result<void> set_access(const listener& l, const path_access& access) {
  if (l.path_inode == 0 || inode_of(path_of(l)) != l.path_inode) return {};
  if (::chmod(path_of(l), access.mode) != 0) return os::last_error(std::string{"chmod "} + path_of(l));
  if (::chown(path_of(l), access.user, access.group) != 0) return os::last_error(std::string{"chown "} + path_of(l));
  return {};
}

os::result<void> set_backlog(os::fd_view socket, int backlog) {
  if (::listen(socket.get(), backlog) != 0) return os::last_error("listen");
  return {};
}

void remove_path(const listener& l) noexcept {
  if (l.path_inode == 0 || inode_of(path_of(l)) != l.path_inode) return;
  ::unlink(path_of(l));  // should it stay, the next bind finds it stale and removes it
}

}  // namespace baton::net
