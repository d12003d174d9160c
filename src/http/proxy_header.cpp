#include "http/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace baton::http {
namespace {

using outcome = proxy_header::outcome;

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::string_view line_start = "PROXY ";
constexpr std::size_t longest_line = 107;

proxy_header malformed() noexcept {
  return {outcome::malformed, 0, {}};
}

// Version 1, a line of text.

std::string_view take_word(std::string_view& line) noexcept {
  const std::size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  line = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
  return word;
}

// Decimal without leading zeros, as the specification has it.
std::optional<std::uint16_t> port_of(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

std::optional<client_address> literal_of(std::string_view text, bool v6) noexcept {
  const bool looks_v6 = text.find(':') != std::string_view::npos;
  if (looks_v6 != v6 || text.starts_with('[')) return std::nullopt;
  return client_address::parse(text);
}

proxy_header parse_line(std::string_view line, std::size_t size) noexcept {
  proxy_header header{outcome::complete, size, {}};
  const std::string_view protocol = take_word(line);
  if (protocol == "UNKNOWN") return header;  // whatever follows
  if (protocol != "TCP4" && protocol != "TCP6") return malformed();
  const bool v6 = protocol == "TCP6";
  const auto source = literal_of(take_word(line), v6);
  const auto destination = literal_of(take_word(line), v6);
  const auto source_port = port_of(take_word(line));
  const auto destination_port = port_of(line);
  if (!source || !destination || !source_port || !destination_port) return malformed();
  const auto& bytes = source->bytes();
  header.source = client_address::ipv6(std::span<const std::uint8_t, 16>{bytes}, *source_port);
  return header;
}

proxy_header parse_text(std::string_view bytes) noexcept {
  const std::string_view whole = bytes.substr(0, longest_line);
  const std::size_t end = whole.find('\r');
  if (end == std::string_view::npos) return whole.size() < longest_line ? proxy_header{} : malformed();
  if (end + 1 == whole.size()) return whole.size() < longest_line ? proxy_header{} : malformed();
  if (whole[end + 1] != '\n') return malformed();
  return parse_line(whole.substr(line_start.size(), end - line_start.size()), end + 2);
}

// Version 2, binary.

std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

// Castagnoli's polynomial, reflected. Bit by bit: it is a header of some dozen bytes, once a connection.
std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) noexcept {
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit != 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return crc;
}

// Over the whole header with zeros in the checksum's own place.
bool checksum_holds(std::string_view header, std::size_t at) noexcept {
  std::uint32_t said = 0;
  for (std::size_t i = 0; i != 4; ++i) said = said << 8U | byte_at(header, at + i);
  std::uint32_t crc = crc32c(0xffffffffU, header.substr(0, at));
  crc = crc32c(crc, std::string_view{"\0\0\0\0", 4});
  return (crc32c(crc, header.substr(at + 4)) ^ 0xffffffffU) == said;
}

bool attributes_hold(std::string_view header, std::size_t at) noexcept {
  constexpr std::uint8_t type_crc32c = 0x03;
  while (at != header.size()) {
    if (header.size() - at < 3) return false;
    const std::size_t length = number_at(header, at + 1);
    if (header.size() - at - 3 < length) return false;
    if (byte_at(header, at) == type_crc32c && (length != 4 || !checksum_holds(header, at + 3))) return false;
    at += 3 + length;
  }
  return true;
}

template <std::size_t N>
std::array<std::uint8_t, N> copy_at(std::string_view bytes, std::size_t at) noexcept {
  std::array<std::uint8_t, N> copied{};
  for (std::size_t i = 0; i != N; ++i) copied[i] = byte_at(bytes, at + i);
  return copied;
}

proxy_header parse_binary(std::string_view bytes) noexcept {
  constexpr std::size_t fixed = 16;
  if (bytes.size() < fixed) return {};
  const std::uint8_t version_and_command = byte_at(bytes, 12);
  const std::uint8_t family_and_protocol = byte_at(bytes, 13);
  const std::size_t size = fixed + number_at(bytes, 14);
  if (version_and_command != 0x20 && version_and_command != 0x21) return malformed();
  if (size > max_proxy_header) return malformed();
  if (bytes.size() < size) return {};
  const std::string_view header = bytes.substr(0, size);
  proxy_header found{outcome::complete, size, {}};
  if (version_and_command == 0x20) return found;  // LOCAL
  std::size_t addresses = 0;
  switch (family_and_protocol) {
    case 0x11:
      addresses = 12;
      break;
    case 0x21:
      addresses = 36;
      break;
    case 0x31:
      addresses = 216;
      break;
    default:
      return found;  // unspecified, or datagrams
  }
  if (size - fixed < addresses || !attributes_hold(header, fixed + addresses)) return malformed();
  if (family_and_protocol == 0x11) {
    found.source = client_address::ipv4(copy_at<4>(header, fixed), number_at(header, fixed + 8));
  } else if (family_and_protocol == 0x21) {
    found.source = client_address::ipv6(copy_at<16>(header, fixed), number_at(header, fixed + 32));
  } else {
    found.source = client_address::local();
  }
  return found;
}

}  // namespace

proxy_header parse_proxy_header(std::string_view bytes) noexcept {
  const auto begins = [bytes](std::string_view start) {
    const std::size_t known = std::min(bytes.size(), start.size());
    return bytes.substr(0, known) == start.substr(0, known);
  };
  if (begins(signature)) return bytes.size() < signature.size() ? proxy_header{} : parse_binary(bytes);
  if (begins(line_start)) return bytes.size() < line_start.size() ? proxy_header{} : parse_text(bytes);
  return malformed();
}

}  // namespace baton::http
