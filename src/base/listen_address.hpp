// The address that a listener is bound to, as text and in parts. Two texts that mean the same address
// parse to equal values, which is how an inherited listener is found again and a duplicate is refused.
//
//     127.0.0.1:8080     one IPv4 address
//     [2001:db8::1]:80   one IPv6 address
//     [::]:80 or :80     every address, IPv4 and IPv6 (dual stack)
//     localhost:8080     127.0.0.1, whatever the hosts file says
//     unix:/run/a.sock   a stream socket in the file system
//
// In front of each may stand what is spoken there: `http://` (as without), `https://`, or `redirect://`, where
// every request is sent to https. It is no part of the address: a listener may change what it speaks.
//
// Names are not resolved: a resolver's answer may change between two generations, and the listener
// would be lost. Scope ids (`fe80::1%eth0`) are refused for the same reason, and so are abstract unix
// sockets: any user of the machine could take the name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baton {

enum class address_kind : std::uint8_t { ipv4, ipv6, unix_path };

/// What is spoken on a listener.
enum class listen_scheme : std::uint8_t { http, https, redirect };

[[nodiscard]] std::string_view to_string(listen_scheme scheme) noexcept;

struct listen_address {
  address_kind kind = address_kind::ipv4;
  std::string host;        ///< a literal in canonical form, without brackets; empty for a unix socket
  std::uint16_t port = 0;  ///< zero: the system chooses one
  std::string path;        ///< absolute, at most 107 bytes; empty unless it is a unix socket
  listen_scheme scheme = listen_scheme::http;

  /// The same address; whatever is spoken there.
  friend bool operator==(const listen_address& a, const listen_address& b) noexcept {
    return a.kind == b.kind && a.host == b.host && a.port == b.port && a.path == b.path;
  }
};

/// The canonical text, without `http://`; parses back to an equal value.
[[nodiscard]] std::string to_string(const listen_address& address);

struct parsed_address {
  std::optional<listen_address> address;
  std::string error;  ///< why there is none and what would be right, without the text itself

  explicit operator bool() const noexcept { return address.has_value(); }
};

[[nodiscard]] parsed_address parse_address(std::string_view text);

}  // namespace baton
