#include "base/listen_address.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <array>

#include "base/port_number.hpp"

namespace baton {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

parsed_address refused(std::string why) {
  return {std::nullopt, std::move(why)};
}

/// The canonical form of a literal, or nothing.
std::optional<std::string> canonical(int family, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (inet_pton(family, host.c_str(), bytes.data()) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return std::string{text.data()};
}

parsed_address parse_unix(std::string_view path) {
  if (path.empty() || path.front() != '/') return refused("a unix socket needs an absolute path; write unix:/path");
  if (path.size() > longest_path) {
    return refused("the path is longer than the " + std::to_string(longest_path) +
                   " bytes that a unix socket may have");
  }
  return {listen_address{address_kind::unix_path, {}, 0, std::string{path}}, {}};
}

parsed_address parse_ipv6(const std::string& host, std::uint16_t port) {
  if (host.find('%') != std::string::npos) return refused("addresses with a scope id are not supported");
  const auto literal = canonical(AF_INET6, host);
  if (!literal) return refused("'" + host + "' is not an IPv6 address");
  return {listen_address{address_kind::ipv6, *literal, port, {}}, {}};
}

parsed_address parse_ipv4(const std::string& host, std::uint16_t port) {
  if (host.empty()) return {listen_address{address_kind::ipv6, "::", port, {}}, {}};
  if (host.find(':') != std::string::npos) return refused("write an IPv6 address in brackets, as [::1]:8080");
  const auto literal = canonical(AF_INET, host == "localhost" ? "127.0.0.1" : host);
  if (!literal) {
    return refused("'" + host + "' is not a literal address; names other than localhost are not resolved, " +
                   "write 127.0.0.1:PORT, [::1]:PORT or :PORT for all interfaces");
  }
  return {listen_address{address_kind::ipv4, *literal, port, {}}, {}};
}

// Takes the scheme off the front of `text`.
std::optional<listen_scheme> take_scheme(std::string_view& text) {
  const auto end = text.find("://");
  if (end == std::string_view::npos || text.starts_with(unix_prefix)) return listen_scheme::http;
  for (const auto scheme : {listen_scheme::http, listen_scheme::https, listen_scheme::redirect}) {
    if (text.substr(0, end) != to_string(scheme)) continue;
    text.remove_prefix(end + std::string_view{"://"}.size());
    return scheme;
  }
  return std::nullopt;
}

parsed_address parse_bare(std::string_view text) {
  if (text.starts_with(unix_prefix)) return parse_unix(text.substr(unix_prefix.size()));

  const bool bracketed = text.front() == '[';
  const auto colon = bracketed ? text.find("]:") : text.rfind(':');
  if (colon == std::string_view::npos) return refused("there is no port; write ADDRESS:PORT, :PORT or unix:/path");
  const auto port_text = text.substr(colon + (bracketed ? 2 : 1));
  const auto port = parse_port(port_text);
  if (!port) return refused("the port '" + std::string{port_text} + "' is not a number from 0 to 65535");
  if (bracketed) return parse_ipv6(std::string{text.substr(1, colon - 1)}, *port);
  return parse_ipv4(std::string{text.substr(0, colon)}, *port);
}

}  // namespace

std::string_view to_string(listen_scheme scheme) noexcept {
  switch (scheme) {
    case listen_scheme::http:
      return "http";
    case listen_scheme::https:
      return "https";
    case listen_scheme::redirect:
      break;
  }
  return "redirect";
}

std::string to_string(const listen_address& address) {
  std::string text;
  if (address.scheme != listen_scheme::http) text.append(to_string(address.scheme)).append("://");
  const auto port = ":" + std::to_string(address.port);
  switch (address.kind) {
    case address_kind::ipv4:
      return text + address.host + port;
    case address_kind::ipv6:
      return text + "[" + address.host + "]" + port;
    case address_kind::unix_path:
      break;
  }
  return text.append(unix_prefix) + address.path;
}

parsed_address parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return refused("the address has a zero byte");
  const auto scheme = take_scheme(text);
  if (!scheme) return refused("only http://, https:// and redirect:// may stand in front of an address");
  if (text.empty()) return refused("the address is empty; write ADDRESS:PORT, :PORT or unix:/path");
  parsed_address parsed = parse_bare(text);
  if (parsed) parsed.address->scheme = *scheme;
  return parsed;
}

}  // namespace baton
