#include "http/field_rules.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/core.h>

#include "http/scan.hpp"
#include "http/syntax.hpp"

namespace baton::http {
namespace {

constexpr std::array<std::string_view, 10> connection_fields{
    "Connection",       "Keep-Alive", "Content-Length", "Transfer-Encoding", "Upgrade", "Trailer", "Date",
    "Proxy-Connection", "TE",         "HTTP2-Settings"};

constexpr std::array<std::string_view, 46> trailer_exclusions{
    // framing, routing, connection
    "Content-Length", "Transfer-Encoding", "Host", "Trailer", "TE", "Connection", "Keep-Alive", "Upgrade",
    "Proxy-Connection", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via",
    // authentication
    "Authorization", "Proxy-Authorization", "Proxy-Authenticate", "WWW-Authenticate", "Cookie", "Set-Cookie",
    "Authentication-Info", "Proxy-Authentication-Info",
    // request modifiers
    "Cache-Control", "Expect", "Max-Forwards", "Pragma", "Range", "If-Match", "If-None-Match", "If-Modified-Since",
    "If-Unmodified-Since", "If-Range",
    // answer control
    "Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning", "Origin",
    // how to read the content
    "Content-Encoding", "Content-Type", "Content-Range", "Content-Location", "Content-Language"};

template <class Names>
bool contains(const Names& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(), [&](std::string_view other) { return iequals(other, name); });
}

}  // namespace

bool belongs_to_connection(std::string_view name) noexcept {
  return contains(connection_fields, name);
}

bool forbidden_in_trailer(std::string_view name) noexcept {
  return contains(trailer_exclusions, name);
}

void check_value(std::string_view name, std::string_view value) {
  const char* const end = value.data() + value.size();
  if (skip_value(value.data(), value.data(), end) == end) return;
  throw std::invalid_argument{fmt::format("the value for field {} has a control character", name)};
}

void check_field(std::string_view name, std::string_view value) {
  if (!is_token(name)) throw std::invalid_argument{"a field name is not a token"};
  if (belongs_to_connection(name)) {
    throw std::invalid_argument{fmt::format("the field {} belongs to the connection and cannot be set", name)};
  }
  check_value(name, value);
}

void check_trailer(std::string_view name, std::string_view value) {
  check_field(name, value);
  if (forbidden_in_trailer(name)) {
    throw std::invalid_argument{fmt::format("the field {} has no place in a trailer", name)};
  }
}

}  // namespace baton::http
