// Who asks: a name and a password (RFC 7617) or a bearer token (RFC 6750), verified by a function of the program's.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <baton/router.hpp>

namespace baton::with {

/// Compares without telling by its time how much was right.
[[nodiscard]] bool equal_in_constant_time(std::string_view given, std::string_view secret) noexcept;

/// Who was let through, left with the request for what is behind: `request::value<baton::with::principal>()`.
struct principal {
  std::string name;    ///< the user, or what the verifier of tokens has returned
  std::string scheme;  ///< `Basic` or `Bearer`
};

struct basic_credentials {
  std::string user;
  std::string password;
};

/// Runs on the worker and may await; true: it is them.
using basic_verifier = std::function<task<bool>(request&, basic_credentials)>;

/// Verifies against names with their passwords, in a time that depends on neither.
[[nodiscard]] basic_verifier basic_users(std::map<std::string, std::string, std::less<>> passwords);

struct basic_auth_options {
  /// Shown by browsers when they ask; without quotes, backslashes and control characters.
  std::string realm = "restricted";
  basic_verifier verify;
};

/// 401 with `WWW-Authenticate` for a request without credentials, with malformed or with wrong ones. Send it over TLS
/// only. Throws std::invalid_argument for a bad realm, and where there is no verifier.
[[nodiscard]] middleware basic_auth(basic_auth_options how);

/// Whoever the token stands for; nullopt: nobody. Runs on the worker and may await. It may throw an http_error, 403
/// with `insufficient_scope` among them.
using bearer_verifier = std::function<task<std::optional<std::string>>(request&, std::string token)>;

struct bearer_auth_options {
  std::string realm = "restricted";
  bearer_verifier verify;
};

/// 401 for a request without a token (a bare challenge) or with a wrong one (`error="invalid_token"`), 400 for one
/// whose Authorization field is malformed (`error="invalid_request"`). Tokens in the target or in a form are not
/// looked for: they end up in logs. Throws as `basic_auth` does.
[[nodiscard]] middleware bearer_auth(bearer_auth_options how);

}  // namespace baton::with
