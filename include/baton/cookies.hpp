// Cookies (RFC 6265bis): those of a request, those that an answer sets, and signed ones, whose value only a
// holder of the key can have made.
//
// What is set is safe unless said otherwise: `Secure`, `HttpOnly`, `SameSite=Lax`, for the whole site, until the
// browser is closed. Browsers take `Secure` cookies from http://localhost too.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

/// As the client has sent it, without the quotes that may be around a value. Views into the request.
struct request_cookie {
  std::string_view name;
  std::string_view value;
};

/// All cookies, in the order sent; what is no `name=value` with a token for a name is passed over, and so is what
/// comes after the first 200.
[[nodiscard]] std::vector<request_cookie> cookies_of(const request& req);
/// The first cookie `name`; names compare exactly. nullopt if there is none.
[[nodiscard]] std::optional<std::string_view> cookie_of(const request& req, std::string_view name) noexcept;

enum class same_site : std::uint8_t { strict, lax, none };

/// One `Set-Cookie` field (RFC 6265bis section 4.1). Fill in, then `add_cookie`.
struct set_cookie {
  set_cookie(std::string of, std::string text) : name{std::move(of)}, value{std::move(text)} {}

  std::string name;   ///< a token (RFC 9110 section 5.6.2)
  std::string value;  ///< visible ASCII without space, quote, comma, semicolon and backslash
  std::optional<std::chrono::system_clock::time_point> expires{};  ///< neither of the two: until the browser is closed
  std::optional<std::chrono::seconds> max_age{};  ///< counts before `expires`; zero or less: forget it now
  std::string domain{};                           ///< empty: this host alone
  std::string path{"/"};                          ///< empty: the directory of the request's path
  bool secure = true;
  bool http_only = true;
  baton::same_site same_site = baton::same_site::lax;
  bool partitioned = false;

  /// The field's value. Throws std::invalid_argument, saying why, for what a browser would refuse or read otherwise:
  /// characters outside of the above, a path or domain with any that could begin another attribute, name and value
  /// of more than 4096 bytes together; `SameSite=None`, `Partitioned` or a name that begins with `__Secure-` without
  /// `secure`; `__Host-` without `secure`, with a domain or with another path than `/`. Prefixes are
  /// compared without regard to case, as browsers do.
  [[nodiscard]] std::string to_string() const;
};

/// Adds a `Set-Cookie` line. Throws as set_cookie::to_string.
void add_cookie(response& answer, const set_cookie& cookie);

/// Makes the client forget the cookie; name, domain and path must be those that it was set with.
void forget_cookie(response& answer, std::string name, std::string path = "/", std::string domain = {});

/// Signs and checks values by HMAC-SHA256. The value stays readable for the client, but it cannot be changed, used
/// under another name, or used after its time. Constant after construction; any thread.
class cookie_signer {
 public:
  /// The first key signs, all of them are good for checking: to change the key, put the new one in front and take the
  /// old one away when what it has signed has expired. Every key must have 16 bytes or more (32 random ones are right),
  /// or std::invalid_argument is thrown; also without any.
  explicit cookie_signer(std::vector<std::string> keys);
  ~cookie_signer();
  cookie_signer(const cookie_signer&) = default;
  cookie_signer& operator=(const cookie_signer&) = default;

  /// A cookie value with `value` (any bytes) and its signature in it. `expires`: from when on `open` refuses it; it is
  /// not the cookie's own attribute, which the client may ignore. nullopt: never. A third longer, and 60 bytes.
  [[nodiscard]] std::string seal(std::string_view name, std::string_view value,
                                 std::optional<std::chrono::system_clock::time_point> expires = std::nullopt) const;

  /// The value that was sealed for this `name`; nullopt if it was not, or not with one of the keys, or has expired at
  /// `now` (request::now). Compares in constant time.
  [[nodiscard]] std::optional<std::string> open(std::string_view name, std::string_view sealed,
                                                std::chrono::system_clock::time_point now) const;
  /// The cookie `name` of the request, opened.
  [[nodiscard]] std::optional<std::string> open(const request& req, std::string_view name) const;

 private:
  std::vector<std::string> keys_;
};

}  // namespace baton
