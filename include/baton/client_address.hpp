// Where a client is, as a value: compared, hashed, counted by, matched against prefixes. A connection's peer
// is known as text too (connection_info), which is what a log wants and nothing else does.
//
// Sixteen bytes for every kind: an IPv4 address is kept in its IPv6-mapped form (RFC 4291 section 2.5.5.2), so
// that a client of a dual-stack listener and of an IPv4 one are the same client. Rejected: sockaddr_storage,
// which is 128 bytes, and Asio's address, which would bring Asio's headers to whoever holds a request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// An IPv4 or IPv6 address with a port, a client on a unix socket, or nobody that is known.
class client_address {
 public:
  enum class family : std::uint8_t { unknown, ipv4, ipv6, local };

  /// Unknown.
  constexpr client_address() noexcept = default;
  /// Four bytes in network order; `port` 0: not known.
  [[nodiscard]] static client_address ipv4(std::span<const std::uint8_t, 4> address, std::uint16_t port = 0) noexcept;
  /// Sixteen bytes in network order. A mapped IPv4 address becomes one of the family `ipv4`.
  [[nodiscard]] static client_address ipv6(std::span<const std::uint8_t, 16> address, std::uint16_t port = 0) noexcept;
  /// A client on the same machine, through a unix socket.
  [[nodiscard]] static client_address local() noexcept;
  /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, `unix:` with or without
  /// a path. Names, scopes (`%eth0`) and octal or shortened IPv4 forms are none. Allocates nothing.
  [[nodiscard]] static std::optional<client_address> parse(std::string_view text) noexcept;

  [[nodiscard]] constexpr family kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr bool known() const noexcept { return kind_ != family::unknown; }
  /// Zero: not known.
  [[nodiscard]] constexpr std::uint16_t port() const noexcept { return port_; }
  /// An IPv4 address as `::ffff:a.b.c.d`; all zero for `local` and `unknown`.
  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  /// 127.0.0.0/8, ::1, and `local`.
  [[nodiscard]] bool loopback() const noexcept;

  /// The address without its port, in the form of RFC 5952: `192.0.2.1`, `2001:db8::1`, `unix:`, `unknown`.
  [[nodiscard]] std::string host() const;
  /// With the port, if it is known: `192.0.2.1:80`, `[2001:db8::1]:80`.
  [[nodiscard]] std::string to_string() const;

  /// The same address without its port.
  [[nodiscard]] client_address without_port() const noexcept;
  /// The network by which clients are counted and limited: an IPv4 address itself, the /64 of an IPv6 one (what one
  /// subscriber is given); no port.
  [[nodiscard]] client_address network() const noexcept;

  /// Address and port.
  friend bool operator==(const client_address&, const client_address&) noexcept = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_ = 0;
  family kind_ = family::unknown;
};

/// A range of addresses, as `10.0.0.0/8`.
class address_prefix {
 public:
  /// `10.0.0.0/8`, `2001:db8::/32`, an address alone (all of its bits), or `unix` for every local client. Nullopt
  /// for anything else, bits beyond the prefix that are not zero included: `10.0.0.1/8` is a slip of the pen.
  [[nodiscard]] static std::optional<address_prefix> parse(std::string_view text) noexcept;

  /// Whatever its port.
  [[nodiscard]] bool contains(const client_address& address) const noexcept;

 private:
  client_address first_;
  std::uint8_t bits_ = 0;  // of the mapped form
};

/// Several of them.
using address_list = std::vector<address_prefix>;
[[nodiscard]] bool contains(const address_list& list, const client_address& address) noexcept;

}  // namespace baton

/// Not keyed: for tables of bounded size, or of what cannot be chosen freely.
template <>
struct std::hash<baton::client_address> {
  std::size_t operator()(const baton::client_address& address) const noexcept;
};
