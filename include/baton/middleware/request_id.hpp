// An identifier for each request, in its answer, for whoever reports that something went wrong.
#pragma once

#include <string>

#include <baton/router.hpp>

namespace baton::with {

struct request_id_options {
  /// The field of the answer, and of the request where those are believed.
  std::string field = "X-Request-Id";
  /// Answers with the identifier that the request brings, where it is 1 to 128 letters, digits and `-._~+/=:@`; for
  /// servers behind a proxy that makes them. Otherwise, and by default, with `request::id()`.
  bool accept = false;
};

/// Left with a request that brought one which is accepted (`request::value<request_identifier>()`); where there is
/// none, `request::id()` is what the answer says.
struct request_identifier {
  std::string text;
};

/// Adds the field to every answer that does not have it. Throws std::invalid_argument for a field that cannot be set.
[[nodiscard]] middleware request_id(request_id_options how = {});

}  // namespace baton::with
