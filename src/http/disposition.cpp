#include "http/disposition.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

constexpr std::size_t most_parameters = 16;

void skip_space(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::string_view take_token(std::string_view& text) noexcept {
  std::size_t length = 0;
  while (length != text.size() && is_token_char(text[length])) ++length;
  const std::string_view token = text.substr(0, length);
  text.remove_prefix(length);
  return token;
}

// Behind the opening quote. False if there is no closing one.
bool take_quoted(std::string_view& text, std::string& into) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return true;
    const bool escape = c == '\\' && !text.empty() && (text.front() == '"' || text.front() == '\\');
    into += escape ? text.front() : c;
    if (escape) text.remove_prefix(1);
  }
  return false;
}

bool take_value(std::string_view& text, std::string& into) {
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    return take_quoted(text, into);
  }
  into = take_token(text);
  return !into.empty();
}

const std::string* find_once(const std::vector<part_field>& fields, std::string_view name, bool& twice) noexcept {
  const std::string* found = nullptr;
  for (const part_field& each : fields) {
    if (!iequals(each.name, name)) continue;
    twice = twice || found != nullptr;
    found = &each.value;
  }
  return found;
}

bool is_as_it_is(std::string_view encoding) noexcept {
  constexpr std::array<std::string_view, 3> plain{"binary", "8bit", "7bit"};
  return std::any_of(plain.begin(), plain.end(), [&](std::string_view each) { return iequals(encoding, each); });
}

}  // namespace

std::optional<std::vector<parameter>> parse_parameters(std::string_view text) {
  std::vector<parameter> all;
  for (skip_space(text); !text.empty(); skip_space(text)) {
    if (text.front() != ';' || all.size() == most_parameters) return std::nullopt;
    text.remove_prefix(1);
    skip_space(text);
    if (text.empty()) break;  // a semicolon at the end
    parameter one{std::string{take_token(text)}, {}};
    if (one.name.empty() || !text.starts_with('=') || find_parameter(all, one.name) != nullptr) return std::nullopt;
    text.remove_prefix(1);
    if (!take_value(text, one.value)) return std::nullopt;
    all.push_back(std::move(one));
  }
  return all;
}

const std::string* find_parameter(const std::vector<parameter>& all, std::string_view name) noexcept {
  const auto at = std::find_if(all.begin(), all.end(), [&](const parameter& p) { return iequals(p.name, name); });
  return at == all.end() ? nullptr : &at->value;
}

std::optional<disposition> disposition_of(const std::vector<part_field>& fields) {
  bool twice = false;
  const std::string* const found = find_once(fields, "Content-Disposition", twice);
  const std::string* const encoding = find_once(fields, "Content-Transfer-Encoding", twice);
  if (found == nullptr || twice || (encoding != nullptr && !is_as_it_is(*encoding))) return std::nullopt;
  const std::string_view text{*found};
  const std::size_t end = std::min(text.find(';'), text.size());
  if (!iequals(trim(text.substr(0, end)), "form-data")) return std::nullopt;
  const auto parameters = parse_parameters(text.substr(end));
  const std::string* const name = parameters ? find_parameter(*parameters, "name") : nullptr;
  if (name == nullptr) return std::nullopt;
  const std::string* const filename = find_parameter(*parameters, "filename");
  return disposition{*name, filename == nullptr ? std::nullopt : std::optional{*filename}};
}

}  // namespace baton::http
