// Which pattern was registered where, so that a conflict can name both places.
#pragma once

#include <string>

#include <baton/router.hpp>

#include "http/pattern.hpp"

namespace baton::http {

struct registration {
  std::string text;  ///< the pattern with its group's prefix
  pattern shape;
  registration_place where;
};

/// `file:line`.
[[nodiscard]] std::string to_string(const registration_place& where);

}  // namespace baton::http
