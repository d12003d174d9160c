// The character classes of RFC 9110 section 5.6 and the comparisons built on them. Tables and inline
// loops rather than <cctype>: no locale, and they sit on the hot path.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace baton::http {

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Printable ASCII without the space.
[[nodiscard]] constexpr bool is_visible(char c) noexcept {
  return c > 0x20 && c < 0x7f;
}

/// A control character that has no place in a field value; HTAB has one (RFC 9110 section 5.5).
[[nodiscard]] constexpr bool is_bad_in_value(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/// The value of a hexadecimal digit, -1 for anything else.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

namespace detail {
[[nodiscard]] consteval std::array<bool, 256> make_table(std::string_view besides_alphanumeric) {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 128; ++c) table[c] = is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  for (const char c : besides_alphanumeric) table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr std::array<bool, 256> token_table = make_table("!#$%&'*+-.^_`|~");
inline constexpr std::array<bool, 256> name_table = make_table("-._~!$&'()*+,;=");
inline constexpr std::array<bool, 256> plain_path_table = make_table("/!$&'*+-^_`|~");
}  // namespace detail

/// `unreserved` and `sub-delims` of RFC 3986 section 2: what a registered name is made of, but for `%`.
[[nodiscard]] constexpr bool is_name_char(char c) noexcept {
  return detail::name_table[static_cast<unsigned char>(c)];
}

/// A slash, or what stands for itself in a path and can be part of no dot segment.
[[nodiscard]] constexpr bool is_plain_path_char(char c) noexcept {
  return detail::plain_path_table[static_cast<unsigned char>(c)];
}

/// `tchar` of RFC 9110 section 5.6.2.
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
  return detail::token_table[static_cast<unsigned char>(c)];
}

[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// ASCII only; other bytes must be equal.
[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i != a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Without spaces and tabs at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the next element off a comma-separated list (RFC 9110 section 5.6.1), trimmed; may be empty.
[[nodiscard]] constexpr std::string_view take_element(std::string_view& list) noexcept {
  const std::size_t comma = list.find(',');
  const std::string_view element = trim(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return element;
}

}  // namespace baton::http
