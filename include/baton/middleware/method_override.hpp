// Other methods for clients that can only POST (old proxies, some libraries). Off unless it is used.
#pragma once

#include <string>
#include <vector>

#include <baton/router.hpp>

namespace baton::with {

struct method_override_options {
  /// What a POST may turn into; methods whose requests have no side effects are no use here and are refused.
  std::vector<method> methods{method::put, method::patch, method::delete_};
  /// The field that names the method, as it is written on the wire.
  std::string field = "X-HTTP-Method-Override";
};

/// A POST with that field is routed, and seen by everybody, as the method that it names, if that is one of `methods`;
/// any other stays a POST. It must come before the routes are looked up, so it works for `router::use` of the whole
/// router alone; in a group it does nothing. Browsers let no other site set such a field without a preflight. Throws
/// std::invalid_argument for GET, HEAD, OPTIONS, TRACE, CONNECT and unknown methods, and for a field that is no token.
[[nodiscard]] middleware method_override(method_override_options how = {});

}  // namespace baton::with
