// Fields that tell browsers to be careful. Strict-Transport-Security is none of them: it belongs to the TLS listener.
#pragma once

#include <string>

#include <baton/router.hpp>

namespace baton::with {

/// Each is left out where it is empty, and where the handler has set it. Values are sent as they stand.
struct security_headers_options {
  /// `X-Content-Type-Options`.
  std::string content_type_options = "nosniff";
  /// `X-Frame-Options`, for browsers that do not know `frame-ancestors`.
  std::string frame_options = "DENY";
  /// `Content-Security-Policy`. The default keeps pages out of frames and forbids nothing else; give the pages' own.
  std::string content_security_policy = "frame-ancestors 'none'";
  /// `Referrer-Policy`.
  std::string referrer_policy = "strict-origin-when-cross-origin";
  /// `Cross-Origin-Opener-Policy`.
  std::string opener_policy = "same-origin";
  /// `Cross-Origin-Resource-Policy`: `same-origin` keeps other sites from embedding what is served here.
  std::string resource_policy;
  /// `Permissions-Policy`.
  std::string permissions_policy;
};

/// Throws std::invalid_argument for a value with control characters.
[[nodiscard]] middleware security_headers(const security_headers_options& fields = {});

}  // namespace baton::with
