#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "http/scan.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"

namespace baton::http {
namespace {

// The length of the registered name at the front of `text`: up to a `:`, a broken escape, or what has no
// place in a name.
std::size_t name_length(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    at = skip_host(at, end);
    const bool escape = end - at >= 3 && at[0] == '%' && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0;
    if (!escape) return static_cast<std::size_t>(at - text.data());
    at += 3;
  }
}

bool is_ipv4(std::string_view text) noexcept {
  for (int part = 0; part != 4; ++part) {
    const std::size_t dot = text.find('.');
    const std::string_view digits = text.substr(0, dot);
    if (digits.empty() || digits.size() > 3 || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
    if (digits.size() > 1 && digits.front() == '0') return false;
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    if (value > 255 || (part == 3) != (dot == std::string_view::npos)) return false;
    text.remove_prefix(part == 3 ? digits.size() : dot + 1);
  }
  return text.empty();
}

bool is_group(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
}

// Counts the 16-bit groups of a part without `::`; -1 if it is malformed. A trailing IPv4 counts as two.
int count_groups(std::string_view part, bool last) noexcept {
  if (part.empty()) return 0;
  int groups = 0;
  for (;;) {
    const std::size_t colon = part.find(':');
    const std::string_view group = part.substr(0, colon);
    if (colon == std::string_view::npos && last && is_ipv4(group)) return groups + 2;
    if (!is_group(group)) return -1;
    ++groups;
    if (colon == std::string_view::npos) return groups;
    part.remove_prefix(colon + 1);
  }
}

// RFC 3986 section 3.2.2, without zone identifiers.
bool is_ipv6(std::string_view text) noexcept {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const int before = count_groups(text.substr(0, gap), false);
  const int after = count_groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

bool is_port(std::string_view text) noexcept {
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 65535) return false;
  }
  return true;
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return false;
    text.remove_prefix(end + 1);
  } else {
    const std::size_t length = name_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return text.empty() || (text.front() == ':' && is_port(text.substr(1)));
}

}  // namespace baton::http
