#include "config/forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/core.h>

namespace baton::config {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Ascending: printing takes the largest that divides the value.
constexpr std::array<unit, 4> duration_units{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<unit, 4> size_units{{{"", 1}, {"k", 1U << 10}, {"m", 1U << 20}, {"g", 1U << 30}}};

struct number_and_rest {
  std::uint64_t number = 0;
  std::string_view rest;
  bool too_large = false;
};

/// Nothing: `text` does not begin with a digit.
std::optional<number_and_rest> split_number(std::string_view text, int base = 10) {
  number_and_rest result;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result.number, base);
  if (error == std::errc::invalid_argument) return std::nullopt;
  result.too_large = error == std::errc::result_out_of_range;
  result.rest = {stop, static_cast<std::size_t>(end - stop)};
  return result;
}

template <std::size_t N>
const unit* find_unit(const std::array<unit, N>& units, std::string_view name) {
  const auto* const found = std::find_if(units.begin(), units.end(), [&](const unit& u) { return u.name == name; });
  return found == units.end() ? nullptr : found;
}

template <std::size_t N>
std::string print_with_unit(const std::array<unit, N>& units, std::uint64_t value) {
  const auto fits = [value](const unit& u) { return value % u.factor == 0; };
  const auto largest = std::find_if(units.rbegin(), units.rend(), fits);
  return fmt::format("{}{}", value / largest->factor, largest->name);
}

/// Saturates: whatever overflows is beyond every range too.
std::uint64_t scaled(const number_and_rest& parts, std::uint64_t factor) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return parts.too_large || parts.number > most / factor ? most : parts.number * factor;
}

template <class Form>
problem out_of_range(std::string_view text, const Form& form) {
  return fmt::format("{} is out of range; write {} to {}", in_quotes(text), form.print(form.minimum),
                     form.print(form.maximum));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string out = "'";
  for (const char c : text.substr(0, longest)) {
    if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + (text.size() > longest ? "...'" : "'");
}

problem number_form::parse(std::string_view text, value_type& into) const {
  const auto parts = split_number(text);
  if (!parts || !parts->rest.empty()) return in_quotes(text) + " is not a whole number";
  const auto value = scaled(*parts, 1);
  if (parts->too_large || value < minimum || value > maximum) return out_of_range(text, *this);
  into = value;
  return {};
}

problem size_form::parse(std::string_view text, value_type& into) const {
  const auto parts = split_number(text);
  std::string suffix{parts ? parts->rest : std::string_view{}};
  for (auto& c : suffix) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto* const scale = find_unit(size_units, suffix);
  if (!parts || scale == nullptr) {
    return in_quotes(text) + " is not a size; write bytes, or a number with k, m or g, such as 16k";
  }
  const auto value = scaled(*parts, scale->factor);
  if (value < minimum || value > maximum) return out_of_range(text, *this);
  into = value;
  return {};
}

std::string size_form::print(value_type value) const {
  return value == 0 ? "0" : print_with_unit(size_units, value);
}

problem duration_form::parse(std::string_view text, value_type& into) const {
  const auto parts = split_number(text);
  const bool zero = parts && parts->rest.empty() && !parts->too_large && parts->number == 0;
  if (parts && parts->rest.empty() && !zero) return fmt::format("{} has no unit; write {}s", in_quotes(text), text);
  const auto* const scale = parts ? find_unit(duration_units, zero ? "ms" : parts->rest) : nullptr;
  if (scale == nullptr) {
    return in_quotes(text) + " is not a duration; write a whole number with ms, s, m or h, such as 30s";
  }
  const auto value = scaled(*parts, scale->factor);
  if (value < static_cast<std::uint64_t>(minimum.count()) || value > static_cast<std::uint64_t>(maximum.count())) {
    return out_of_range(text, *this);
  }
  into = value_type{value};
  return {};
}

std::string duration_form::print(value_type value) const {
  if (value.count() <= 0) return value.count() == 0 ? "0" : fmt::format("{}ms", value.count());
  return print_with_unit(duration_units, static_cast<std::uint64_t>(value.count()));
}

problem mode_form::parse(std::string_view text, value_type& into) const {
  constexpr unsigned all_permissions = 0777;
  const auto parts = split_number(text, 8);
  if (!parts || !parts->rest.empty() || parts->too_large || parts->number > all_permissions) {
    return in_quotes(text) + " is not a mode; write octal permissions from 0 to 0777, such as 0660";
  }
  into = static_cast<unsigned>(parts->number);
  return {};
}

std::string mode_form::print(value_type value) const {
  return fmt::format("{:04o}", value);
}

problem text_form::parse(std::string_view text, value_type& into) const {
  if (std::any_of(text.begin(), text.end(), is_control)) return in_quotes(text) + " has a control character";
  if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) {
    return in_quotes(text) + " begins or ends with a blank";
  }
  if (text.starts_with('#') || text.find(" #") != std::string_view::npos) {
    return in_quotes(text) + " would be cut at the '#', which begins a comment in the file";
  }
  if (check != nullptr) {
    if (auto wrong = check(text)) return wrong;
  }
  into = text;
  return {};
}

problem find_choice(std::string_view text, const std::vector<std::string_view>& names, std::size_t& index) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) {
    index = static_cast<std::size_t>(found - names.begin());
    return {};
  }
  std::string all;
  for (const auto name : names) {
    all.append(all.empty() ? "" : (name == names.back() ? " or " : ", ")).append(name);
  }
  return fmt::format("{} is unknown; write {}", in_quotes(text), all);
}

}  // namespace baton::config
