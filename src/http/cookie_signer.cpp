// `base64url(value).seconds.base64url(mac)`, where the mac is of a text that names purpose, cookie, time and value
// without ambiguity: lengths come before what they count. Seconds are since 1970, 0 for ever.
#include <baton/cookies.hpp>

#include <array>
#include <charconv>
#include <stdexcept>

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "http/base64url.hpp"

namespace baton {
namespace {

constexpr std::size_t shortest_key = 16;
constexpr std::size_t longest_sealed = 8192;
using digest = std::array<unsigned char, 32>;

digest sign(const std::string& key, std::string_view name, std::string_view seconds, std::string_view value) {
  const std::string text =
      fmt::format("baton signed cookie 1\n{}:{}{}:{}{}", name.size(), name, seconds.size(), seconds, value);
  digest made{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's bytes
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), made.data(), &size) ==
          nullptr ||
      size != made.size()) {
    throw std::runtime_error{"cannot sign a cookie: HMAC-SHA256 failed"};
  }
  return made;
}

std::string_view text_of(const digest& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT: bytes as text
}

// The part up to the next dot, which is taken off too.
std::string_view take_part(std::string_view& text) noexcept {
  const std::size_t dot = text.find('.');
  const std::string_view part = text.substr(0, dot);
  text = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  return part;
}

bool expired(std::string_view seconds, std::chrono::system_clock::time_point now) noexcept {
  std::int64_t at = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), at);
  if (error != std::errc{} || end != seconds.data() + seconds.size()) return true;
  return at != 0 && std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() >= at;
}

}  // namespace

cookie_signer::cookie_signer(std::vector<std::string> keys) : keys_{std::move(keys)} {
  if (keys_.empty()) throw std::invalid_argument{"a cookie signer needs a key"};
  for (const std::string& key : keys_) {
    if (key.size() < shortest_key) throw std::invalid_argument{"a key for cookies must have 16 bytes or more"};
  }
}

cookie_signer::~cookie_signer() {
  for (std::string& key : keys_) ::OPENSSL_cleanse(key.data(), key.size());
}

std::string cookie_signer::seal(std::string_view name, std::string_view value,
                                std::optional<std::chrono::system_clock::time_point> expires) const {
  // 0 means for ever: what expired before 1970 was expired by 1970 too.
  const std::int64_t at =
      expires ? std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(*expires).time_since_epoch().count(), 1)
              : 0;
  const std::string seconds = std::to_string(at);
  return http::to_base64url(value) + "." + seconds + "." +
         http::to_base64url(text_of(sign(keys_.front(), name, seconds, value)));
}

std::optional<std::string> cookie_signer::open(std::string_view name, std::string_view sealed,
                                               std::chrono::system_clock::time_point now) const {
  if (sealed.size() > longest_sealed) return std::nullopt;
  auto value = http::from_base64url(take_part(sealed));
  const std::string_view seconds = take_part(sealed);
  const auto mac = http::from_base64url(sealed);
  if (!value || !mac || mac->size() != digest{}.size()) return std::nullopt;
  bool good = false;
  for (const std::string& key : keys_) {
    const digest wanted = sign(key, name, seconds, *value);
    good = ::CRYPTO_memcmp(wanted.data(), mac->data(), wanted.size()) == 0 || good;
  }
  if (!good || expired(seconds, now)) return std::nullopt;
  return value;
}

std::optional<std::string> cookie_signer::open(const request& req, std::string_view name) const {
  const auto sealed = cookie_of(req, name);
  return sealed ? open(name, *sealed, req.now()) : std::nullopt;
}

}  // namespace baton
