#include <baton/cookies.hpp>

#include <algorithm>
#include <stdexcept>

#include <fmt/core.h>

#include "http/date.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

constexpr std::size_t most_cookies = 200;
constexpr std::size_t longest_pair = 4096;       // RFC 6265bis section 5.6: more is ignored by browsers
constexpr std::size_t longest_attribute = 1024;  // likewise

// `cookie-octet` of RFC 6265bis section 4.1.1.
bool is_cookie_octet(char c) noexcept {
  return http::is_visible(c) && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool is_path_char(char c) noexcept {
  return c >= 0x20 && c != 0x7f && c != ';';
}

bool is_domain_char(char c) noexcept {
  return http::is_alpha(c) || http::is_digit(c) || c == '-' || c == '.';
}

template <class Predicate>
bool consists_of(std::string_view text, Predicate good) noexcept {
  return std::all_of(text.begin(), text.end(), good);
}

bool has_prefix(std::string_view name, std::string_view prefix) noexcept {
  return name.size() >= prefix.size() && http::iequals(name.substr(0, prefix.size()), prefix);
}

void require(bool good, std::string_view why) {
  if (!good) throw std::invalid_argument{fmt::format("a cookie {}", why)};
}

void check(const set_cookie& c) {
  require(http::is_token(c.name), "must have a token for a name");
  require(consists_of(c.value, is_cookie_octet), "has a character in its value that is not allowed there");
  require(c.name.size() + c.value.size() <= longest_pair, "is longer than 4096 bytes");
  require(consists_of(c.path, is_path_char), "has a control character or semicolon in its path");
  require(c.path.empty() || c.path.front() == '/', "must have a path that begins with '/'");
  require(consists_of(c.domain, is_domain_char), "has a domain that is no host name");
  require(std::max(c.path.size(), c.domain.size()) <= longest_attribute, "has an attribute of more than 1024 bytes");
  require(c.secure || c.same_site != same_site::none, "with SameSite=None must be secure");
  require(c.secure || !c.partitioned, "that is partitioned must be secure");
  require(c.secure || !has_prefix(c.name, "__Secure-"), "whose name begins with __Secure- must be secure");
  if (!has_prefix(c.name, "__Host-")) return;
  require(c.secure && c.domain.empty() && c.path == "/",
          "whose name begins with __Host- must be secure, without domain and with path /");
}

std::string_view to_text(same_site value) noexcept {
  switch (value) {
    case same_site::strict:
      return "Strict";
    case same_site::lax:
      return "Lax";
    case same_site::none:
      break;
  }
  return "None";
}

// Calls `each(name, value)` for every cookie until it returns true.
template <class F>
void walk(const request& req, F&& each) {
  for (const field_line& line : req.fields()) {
    if (line.id != field::cookie) continue;
    for (std::string_view rest = line.value; !rest.empty();) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = http::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = http::trim(pair.substr(0, equals));
      std::string_view value = http::trim(pair.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      if (http::is_token(name) && each(name, value)) return;
    }
  }
}

}  // namespace

std::vector<request_cookie> cookies_of(const request& req) {
  std::vector<request_cookie> all;
  walk(req, [&](std::string_view name, std::string_view value) {
    all.push_back({name, value});
    return all.size() == most_cookies;
  });
  return all;
}

std::optional<std::string_view> cookie_of(const request& req, std::string_view name) noexcept {
  std::optional<std::string_view> found;
  walk(req, [&](std::string_view each, std::string_view value) {
    if (each == name) found = value;
    return found.has_value();
  });
  return found;
}

std::string set_cookie::to_string() const {
  check(*this);
  std::string text = name + "=" + value;
  if (expires) text += "; Expires=" + http::format_date(std::chrono::floor<std::chrono::seconds>(*expires));
  if (max_age) text += fmt::format("; Max-Age={}", std::max<std::int64_t>(max_age->count(), 0));
  if (!domain.empty()) text += "; Domain=" + domain;
  if (!path.empty()) text += "; Path=" + path;
  if (secure) text += "; Secure";
  if (http_only) text += "; HttpOnly";
  text += fmt::format("; SameSite={}", to_text(same_site));
  if (partitioned) text += "; Partitioned";
  return text;
}

void add_cookie(response& answer, const set_cookie& cookie) {
  answer.append("Set-Cookie", cookie.to_string());
}

void forget_cookie(response& answer, std::string name, std::string path, std::string domain) {
  set_cookie gone{std::move(name), {}};
  gone.path = std::move(path);
  gone.domain = std::move(domain);
  gone.max_age = std::chrono::seconds{0};
  gone.expires = std::chrono::system_clock::time_point{};
  add_cookie(answer, gone);
}

}  // namespace baton
