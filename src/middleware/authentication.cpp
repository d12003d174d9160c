#include <baton/middleware/authentication.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include <baton/http_error.hpp>

#include "http/syntax.hpp"

namespace baton::with {
namespace {

constexpr std::size_t longest_credentials = 4096;

int sextet(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// RFC 4648 section 4, strictly: with its padding, and no bits beyond the text.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > longest_credentials) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = sextet(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xffU);
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return out;
}

/// The part behind the scheme; nullopt where there is no such field or another scheme.
std::optional<std::string_view> credentials_of(const request& req, std::string_view scheme) {
  const auto given = req.get(field::authorization);
  if (!given) return std::nullopt;
  const std::size_t blank = given->find(' ');
  if (!http::iequals(given->substr(0, blank), scheme)) return std::nullopt;
  return blank == std::string_view::npos ? std::string_view{} : http::trim(given->substr(blank));
}

// The field twice: another server may have looked at the other one.
bool ambiguous(const request& req) noexcept {
  std::size_t count = 0;
  for (const field_line& line : req.fields()) count += line.id == field::authorization ? 1U : 0U;
  return count > 1;
}

std::optional<basic_credentials> basic_of(const request& req) {
  const auto encoded = credentials_of(req, "Basic");
  if (!encoded || ambiguous(req)) return std::nullopt;
  const auto text = decode_base64(*encoded);
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  basic_credentials found;
  found.user = text->substr(0, colon);
  found.password = text->substr(colon + 1);
  return found;
}

// `b64token` of RFC 6750 section 2.1.
bool is_token68(std::string_view text) noexcept {
  constexpr std::string_view marks = "-._~+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    if (!http::is_alpha(c) && !http::is_digit(c) && marks.find(c) == std::string_view::npos) return false;
  }
  return !text.empty();
}

http_error refusal(status with, const char* code, const std::string& challenge) {
  http_error error{with, code};
  error.set("WWW-Authenticate", challenge);
  return error;
}

void check_realm(const std::string& realm) {
  static_cast<void>(response{}.set("WWW-Authenticate", realm));
  if (realm.find_first_of("\"\\") != std::string::npos) throw std::invalid_argument{"a realm has no quotes"};
}

void leave(request& req, std::string name, const char* scheme) {
  principal who;
  who.name = std::move(name);
  who.scheme = scheme;
  req.set(std::move(who));
}

struct basic_gate {
  basic_auth_options how;
  std::string challenge;
};

task<response> basically(const basic_gate& gate, request& req, next rest) {
  auto given = basic_of(req);
  if (!given) throw refusal(status::unauthorized, "unauthorized", gate.challenge);
  std::string user = given->user;
  const bool known = co_await gate.how.verify(req, std::move(*given));
  if (!known) throw refusal(status::unauthorized, "unauthorized", gate.challenge);
  leave(req, std::move(user), "Basic");
  co_return co_await rest(req);
}

struct bearer_gate {
  bearer_auth_options how;
  std::string challenge;
};

task<response> bearing(const bearer_gate& gate, request& req, next rest) {
  const auto given = credentials_of(req, "Bearer");
  if (!given && !ambiguous(req)) throw refusal(status::unauthorized, "unauthorized", gate.challenge);
  if (!given || ambiguous(req) || given->size() > longest_credentials || !is_token68(*given)) {
    throw refusal(status::bad_request, "invalid_request", gate.challenge + ", error=\"invalid_request\"");
  }
  std::string token{*given};
  std::optional<std::string> who = co_await gate.how.verify(req, std::move(token));
  if (!who) throw refusal(status::unauthorized, "invalid_token", gate.challenge + ", error=\"invalid_token\"");
  leave(req, std::move(*who), "Bearer");
  co_return co_await rest(req);
}

// As long for a name that nobody has.
task<bool> verify_user(const std::map<std::string, std::string, std::less<>>& passwords, basic_credentials given) {
  static const std::string nobodys{"no password is like this one"};
  const auto found = passwords.find(given.user);
  const bool equal = equal_in_constant_time(given.password, found == passwords.end() ? nobodys : found->second);
  co_return equal&& found != passwords.end();
}

}  // namespace

bool equal_in_constant_time(std::string_view given, std::string_view secret) noexcept {
  volatile unsigned difference = given.size() == secret.size() ? 0U : 1U;
  for (std::size_t i = 0; i != given.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    difference = difference | (static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(expected));
  }
  return difference == 0;
}

basic_verifier basic_users(std::map<std::string, std::string, std::less<>> passwords) {
  const auto known = std::make_shared<const std::map<std::string, std::string, std::less<>>>(std::move(passwords));
  return [known](request&, basic_credentials given) { return verify_user(*known, std::move(given)); };
}

middleware basic_auth(basic_auth_options how) {
  check_realm(how.realm);
  if (!how.verify) throw std::invalid_argument{"basic_auth: there is no verifier"};
  std::string challenge = "Basic realm=\"" + how.realm + "\", charset=\"UTF-8\"";
  const auto gate = std::make_shared<const basic_gate>(basic_gate{std::move(how), std::move(challenge)});
  return [gate](request& req, next rest) { return basically(*gate, req, rest); };
}

middleware bearer_auth(bearer_auth_options how) {
  check_realm(how.realm);
  if (!how.verify) throw std::invalid_argument{"bearer_auth: there is no verifier"};
  std::string challenge = "Bearer realm=\"" + how.realm + "\"";
  const auto gate = std::make_shared<const bearer_gate>(bearer_gate{std::move(how), std::move(challenge)});
  return [gate](request& req, next rest) { return bearing(*gate, req, rest); };
}

}  // namespace baton::with
