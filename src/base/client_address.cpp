#include <baton/client_address.hpp>

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <fmt/format.h>

#include "base/port_number.hpp"

namespace baton {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

// inet_pton wants a string that ends; the longest literal has 45 characters.
bool parse_literal(int family, std::string_view text, std::uint8_t* into) noexcept {
  std::array<char, INET6_ADDRSTRLEN> ended{};
  if (text.empty() || text.size() >= ended.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), ended.begin());
  return ::inet_pton(family, ended.data(), into) == 1;
}

std::optional<client_address> parse_ipv4(std::string_view text, std::uint16_t port) noexcept {
  std::array<std::uint8_t, 4> bytes{};
  if (!parse_literal(AF_INET, text, bytes.data())) return std::nullopt;
  return client_address::ipv4(bytes, port);
}

std::optional<client_address> parse_ipv6(std::string_view text, std::uint16_t port) noexcept {
  std::array<std::uint8_t, 16> bytes{};
  if (!parse_literal(AF_INET6, text, bytes.data())) return std::nullopt;
  return client_address::ipv6(bytes, port);
}

std::optional<client_address> parse_bracketed(std::string_view text) noexcept {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(end + 1);
  std::uint16_t port = 0;
  if (!rest.empty()) {
    const auto given = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!given) return std::nullopt;
    port = *given;
  }
  return parse_ipv6(text.substr(1, end - 1), port);
}

}  // namespace

client_address client_address::ipv4(std::span<const std::uint8_t, 4> address, std::uint16_t port) noexcept {
  client_address made;
  std::copy(mapped.begin(), mapped.end(), made.bytes_.begin());
  std::copy(address.begin(), address.end(), made.bytes_.begin() + mapped.size());
  made.port_ = port;
  made.kind_ = family::ipv4;
  return made;
}

client_address client_address::ipv6(std::span<const std::uint8_t, 16> address, std::uint16_t port) noexcept {
  client_address made;
  std::copy(address.begin(), address.end(), made.bytes_.begin());
  made.port_ = port;
  made.kind_ = std::equal(mapped.begin(), mapped.end(), address.begin()) ? family::ipv4 : family::ipv6;
  return made;
}

client_address client_address::local() noexcept {
  client_address made;
  made.kind_ = family::local;
  return made;
}

std::optional<client_address> client_address::parse(std::string_view text) noexcept {
  if (text.starts_with("unix:")) return local();
  if (text.starts_with('[')) return parse_bracketed(text);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return parse_ipv4(text, 0);
  if (text.find(':', colon + 1) != std::string_view::npos) return parse_ipv6(text, 0);
  const auto port = parse_port(text.substr(colon + 1));
  return port ? parse_ipv4(text.substr(0, colon), *port) : std::nullopt;
}

bool client_address::loopback() const noexcept {
  switch (kind_) {
    case family::ipv4:
      return bytes_[mapped.size()] == 127;
    case family::ipv6:
      return bytes_.back() == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
    case family::local:
      return true;
    case family::unknown:
      break;
  }
  return false;
}

namespace {

// inet_ntop goes through printf, which costs as much as half a line of the access log.
std::string dotted(std::span<const std::uint8_t, 4> bytes) {
  std::string text;
  for (const std::uint8_t each : bytes) {
    if (!text.empty()) text += '.';
    const fmt::format_int number{each};
    text.append(number.data(), number.size());
  }
  return text;
}

}  // namespace

std::string client_address::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  switch (kind_) {
    case family::ipv4:
      return dotted(std::span{bytes_}.last<4>());
    case family::ipv6:
      ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
      return text.data();
    case family::local:
      return "unix:";
    case family::unknown:
      break;
  }
  return "unknown";
}

std::string client_address::to_string() const {
  if (port_ == 0) return host();
  const bool brackets = kind_ == family::ipv6;
  return (brackets ? "[" + host() + "]:" : host() + ":") + std::to_string(port_);
}

client_address client_address::without_port() const noexcept {
  client_address made = *this;
  made.port_ = 0;
  return made;
}

client_address client_address::network() const noexcept {
  client_address made = without_port();
  if (kind_ == family::ipv6) std::fill(made.bytes_.begin() + 8, made.bytes_.end(), std::uint8_t{0});
  return made;
}

namespace {

// The first `bits` bits of both are the same.
bool same_start(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b, unsigned bits) noexcept {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

bool zero_from(const std::array<std::uint8_t, 16>& bytes, unsigned bits) noexcept {
  for (unsigned at = bits; at < 128; ++at) {
    if ((bytes[at / 8] & (0x80U >> (at % 8))) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<address_prefix> address_prefix::parse(std::string_view text) noexcept {
  address_prefix made;
  if (text == "unix") {
    made.first_ = client_address::local();
    return made;
  }
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto first = host.find(':') == std::string_view::npos ? parse_ipv4(host, 0) : parse_ipv6(host, 0);
  if (!first) return std::nullopt;
  const bool short_form = host.find(':') == std::string_view::npos;
  unsigned bits = short_form ? 32 : 128;
  if (slash != std::string_view::npos) {
    const auto given = parse_port(text.substr(slash + 1));
    if (!given || *given > bits) return std::nullopt;
    bits = *given;
  }
  if (short_form) bits += mapped_bits;
  const bool mapped_part = first->kind() == client_address::family::ipv4 && bits < mapped_bits;
  if (mapped_part || !zero_from(first->bytes(), bits)) return std::nullopt;
  made.first_ = *first;
  made.bits_ = static_cast<std::uint8_t>(bits);
  return made;
}

bool address_prefix::contains(const client_address& address) const noexcept {
  return address.kind() == first_.kind() && same_start(first_.bytes(), address.bytes(), bits_);
}

bool contains(const address_list& list, const client_address& address) noexcept {
  return std::any_of(list.begin(), list.end(), [&](const address_prefix& p) { return p.contains(address); });
}

}  // namespace baton

std::size_t std::hash<baton::client_address>::operator()(const baton::client_address& address) const noexcept {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), address.bytes().data(), sizeof halves);
  std::uint64_t hash = halves[0] ^ (std::uint64_t{address.port()} << 8) ^ static_cast<std::uint64_t>(address.kind());
  // The finaliser of splitmix64, once for each half: neighbours must not share a bucket.
  for (const std::uint64_t more : {std::uint64_t{0}, halves[1]}) {
    hash ^= more;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
    hash ^= hash >> 31;
  }
  return static_cast<std::size_t>(hash);
}
