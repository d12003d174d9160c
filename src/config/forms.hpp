// How each kind of value is written: text to value with its range, and back. What is printed parses to
// the same value. A form says what would be right when it refuses, since the operator reads nothing else.
//
// Bare numbers are no durations: whether `75` means seconds or milliseconds is what configuration
// accidents are made of. Zero needs no unit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton::config {

/// Why a text is no value, beginning with the text in quotes; nothing: it is one.
using problem = std::optional<std::string>;

/// `text` in single quotes, control characters escaped, cut after 80 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Decimal digits, `minimum` to `maximum`.
struct number_form {
  using value_type = std::uint64_t;
  value_type minimum = 0;
  value_type maximum = 0;

  [[nodiscard]] std::string hint() const { return "NUMBER"; }
  [[nodiscard]] problem parse(std::string_view text, value_type& into) const;
  [[nodiscard]] std::string print(value_type value) const { return std::to_string(value); }
};

/// Bytes, or a number with `k`, `m` or `g` (either case), which are powers of 1024.
struct size_form {
  using value_type = std::uint64_t;
  value_type minimum = 0;
  value_type maximum = 0;

  [[nodiscard]] std::string hint() const { return "SIZE"; }
  [[nodiscard]] problem parse(std::string_view text, value_type& into) const;
  [[nodiscard]] std::string print(value_type value) const;
};

/// A number with `ms`, `s`, `m` or `h`.
struct duration_form {
  using value_type = std::chrono::milliseconds;
  value_type minimum{0};
  value_type maximum{0};

  [[nodiscard]] std::string hint() const { return "DURATION"; }
  [[nodiscard]] problem parse(std::string_view text, value_type& into) const;
  [[nodiscard]] std::string print(value_type value) const;
};

/// Permission bits in octal, 0 to 0777.
struct mode_form {
  using value_type = unsigned;

  [[nodiscard]] std::string hint() const { return "MODE"; }
  [[nodiscard]] problem parse(std::string_view text, value_type& into) const;
  [[nodiscard]] std::string print(value_type value) const;
};

/// Any text that a line of the file holds unchanged (so empty, but not blank at an end), and that
/// passes `check`.
struct text_form {
  using value_type = std::string;
  problem (*check)(std::string_view text) = nullptr;
  std::string_view hint_text = "TEXT";

  [[nodiscard]] std::string hint() const { return std::string{hint_text}; }
  [[nodiscard]] problem parse(std::string_view text, value_type& into) const;
  [[nodiscard]] std::string print(const value_type& value) const { return value; }
};

/// `text` as the choice of a list: where it stands there, or why it is not in it.
[[nodiscard]] problem find_choice(std::string_view text, const std::vector<std::string_view>& names,
                                  std::size_t& index);

/// One of the names of an enumeration, whose values count up from zero in the order of `names`.
template <class Enum>
struct choice_form {
  using value_type = Enum;
  std::vector<std::string_view> names;

  [[nodiscard]] std::string hint() const {
    std::string all;
    for (const auto name : names) all.append(all.empty() ? "" : "|").append(name);
    return all;
  }
  [[nodiscard]] problem parse(std::string_view text, value_type& into) const {
    std::size_t index = 0;
    auto wrong = find_choice(text, names, index);
    if (!wrong) into = static_cast<Enum>(index);
    return wrong;
  }
  [[nodiscard]] std::string print(value_type value) const {
    const auto index = static_cast<std::size_t>(value);
    return index < names.size() ? std::string{names[index]} : std::to_string(index);
  }
};

}  // namespace baton::config
