#include "http/websocket_handshake.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/beast/websocket/detail/hybi13.hpp>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

template <class Test>
bool any_element(const request& req, field id, Test&& holds) {
  for (const field_line& line : req.fields()) {
    std::string_view list = line.id == id ? line.value : std::string_view{};
    while (!list.empty()) {
      if (holds(take_element(list))) return true;
    }
  }
  return false;
}

// The value of the only line of that name; empty if there is none or several.
std::string_view only_line(const request& req, field id) noexcept {
  std::string_view found;
  int count = 0;
  for (const field_line& line : req.fields()) {
    if (line.id != id) continue;
    found = line.value;
    ++count;
  }
  return count == 1 ? found : std::string_view{};
}

std::string_view take_parameter(std::string_view& list) noexcept {
  const std::size_t end = list.find(';');
  const std::string_view part = trim(list.substr(0, end));
  list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  return part;
}

std::string_view unquoted(std::string_view value) noexcept {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
  return value;
}

// 8 to 15 without a leading zero; 0 for anything else.
int window_bits(std::string_view value) noexcept {
  int bits = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, bits);
  const bool number = error == std::errc{} && stop == end && value.front() != '0';
  return number && bits >= 8 && bits <= 15 ? bits : 0;
}

// One offer (RFC 7692 section 7.1): a parameter that is unknown, wrong or there twice declines it.
class deflate_offer {
 public:
  [[nodiscard]] bool take(std::string_view parameter) {
    const std::size_t equals = parameter.find('=');
    const std::string_view name = trim(parameter.substr(0, equals));
    const bool has_value = equals != std::string_view::npos;
    const std::string_view value = has_value ? unquoted(trim(parameter.substr(equals + 1))) : std::string_view{};
    if (iequals(name, "server_no_context_takeover")) return first(seen_server_takeover_) && !has_value;
    if (iequals(name, "client_no_context_takeover")) return first(seen_client_takeover_) && !has_value;
    if (iequals(name, "client_max_window_bits")) {
      return first(seen_client_bits_) && (!has_value || window_bits(value) != 0);
    }
    if (!iequals(name, "server_max_window_bits") || !first(choice.names_server_bits)) return false;
    choice.server_bits = window_bits(value);
    return choice.server_bits >= 9;  // zlib cannot do 8
  }

  deflate_choice choice;

 private:
  static bool first(bool& seen) noexcept { return !std::exchange(seen, true); }

  bool seen_server_takeover_ = false;
  bool seen_client_takeover_ = false;
  bool seen_client_bits_ = false;
};

}  // namespace

std::string deflate_choice::text() const {
  std::string made = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  if (names_server_bits) made += "; server_max_window_bits=" + std::to_string(server_bits);
  return made;
}

bool asks_for_websocket(const request& req) noexcept {
  return req.version() == 11 &&
         any_element(req, field::connection, [](std::string_view e) { return iequals(e, "upgrade"); }) &&
         any_element(req, field::upgrade, [](std::string_view e) { return iequals(e, "websocket"); });
}

bool has_websocket_version(const request& req) noexcept {
  return only_line(req, field::sec_websocket_version) == "13";
}

std::string_view websocket_key(const request& req) noexcept {
  constexpr std::size_t digits = 22;  // and the last one has two bits only
  const std::string_view key = only_line(req, field::sec_websocket_key);
  const auto is_base64 = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '/'; };
  if (key.size() != digits + 2 || !key.ends_with("==")) return {};
  if (!std::all_of(key.begin(), key.begin() + digits, is_base64)) return {};
  return std::string_view{"AQgw"}.find(key[digits - 1]) != std::string_view::npos ? key : std::string_view{};
}

std::string websocket_accept(std::string_view key) {
  boost::beast::websocket::detail::sec_ws_accept_type accept;
  boost::beast::websocket::detail::make_sec_ws_accept(accept, {key.data(), key.size()});
  return {accept.data(), accept.size()};
}

std::string_view choose_subprotocol(const request& req, std::span<const std::string> ours) noexcept {
  for (const std::string& each : ours) {
    if (any_element(req, field::sec_websocket_protocol, [&](std::string_view e) { return e == each; })) return each;
  }
  return {};
}

std::optional<deflate_choice> choose_deflate(const request& req) {
  std::optional<deflate_choice> chosen;
  any_element(req, field::sec_websocket_extensions, [&](std::string_view element) {
    if (!iequals(take_parameter(element), "permessage-deflate")) return false;
    deflate_offer offer;
    while (!element.empty()) {
      if (!offer.take(take_parameter(element))) return false;
    }
    chosen = offer.choice;
    return true;
  });
  return chosen;
}

bool is_same_origin(std::string_view origin, const request& req) noexcept {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto without_port = [](std::string_view authority, std::string_view port) {
    return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
  };
  const std::string_view port = iequals(origin.substr(0, scheme), "https") ? ":443" : ":80";
  return iequals(without_port(origin.substr(scheme + 3), port), without_port(req.host(), port));
}

bool is_close_code(unsigned code) noexcept {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013);
}

}  // namespace baton::http
