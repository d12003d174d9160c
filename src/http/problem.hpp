// Problem documents (RFC 9457): every error answer of the framework has this one form.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <baton/response.hpp>

namespace baton::http {

struct problem_members {
  std::string_view code;  ///< left out where empty, as the two below
  std::string_view detail;
  std::string_view request_id;
  /// Further ones; those named like a member that every document may have are left out. May be null.
  const std::vector<std::pair<std::string, std::string>>* more = nullptr;
};

/// `application/problem+json` with `type`, `title`, `status` and the members given.
[[nodiscard]] response problem_response(status status, const problem_members& members);

}  // namespace baton::http
