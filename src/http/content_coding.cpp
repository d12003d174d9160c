#include "http/content_coding.hpp"

#include <algorithm>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

// `0`, `1`, `0.123`, `1.000` (RFC 9110 section 12.4.2), in thousandths.
std::optional<unsigned> read_quality(std::string_view text) noexcept {
  constexpr std::size_t longest = 5;
  if (text.empty() || text.size() > longest || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  unsigned value = text[0] == '1' ? 1000 : 0;
  unsigned place = 100;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (!is_digit(c)) return std::nullopt;
    value += place * static_cast<unsigned>(c - '0');
    place /= 10;
  }
  return value <= 1000 ? std::optional{value} : std::nullopt;
}

}  // namespace

std::string_view to_string(coding value) noexcept {
  switch (value) {
    case coding::gzip:
      return "gzip";
    case coding::brotli:
      return "br";
    case coding::zstd:
      return "zstd";
    case coding::identity:
      break;
  }
  return "identity";
}

std::optional<coding> coding_named(std::string_view name) noexcept {
  for (const coding each : {coding::identity, coding::gzip, coding::brotli, coding::zstd}) {
    if (iequals(name, to_string(each))) return each;
  }
  return iequals(name, "x-gzip") ? std::optional{coding::gzip} : std::nullopt;
}

accepted_codings::accepted_codings(const request& req) noexcept {
  for (const field_line& line : req.fields()) {
    std::string_view list = line.id == field::accept_encoding ? line.value : std::string_view{};
    while (!list.empty()) read(take_element(list));
  }
}

void accepted_codings::read(std::string_view element) noexcept {
  const std::size_t semicolon = element.find(';');
  const std::string_view name = trim(element.substr(0, semicolon));
  std::optional<unsigned> quality = 1000;
  if (semicolon != std::string_view::npos) {
    const std::string_view weight = trim(element.substr(semicolon + 1));
    quality = iequals(weight.substr(0, 2), "q=") ? read_quality(weight.substr(2)) : std::nullopt;
  }
  if (!quality) return;
  if (name == "*") {
    any_ = quality;
  } else if (const auto known = coding_named(name)) {
    named_[static_cast<std::size_t>(*known)] = quality;
  }
}

unsigned accepted_codings::quality(coding of) const noexcept {
  if (const auto& named = named_[static_cast<std::size_t>(of)]) return *named;
  if (of == coding::identity) return any_ && *any_ == 0 ? 0 : 1;  // acceptable, and liked least
  return any_.value_or(0);
}

coding accepted_codings::best(std::span<const coding> offered) const noexcept {
  coding chosen = coding::identity;
  unsigned most = 0;
  for (const coding each : offered) {
    if (quality(each) <= most) continue;
    most = quality(each);
    chosen = each;
  }
  return most >= quality(coding::identity) ? chosen : coding::identity;
}

}  // namespace baton::http
