#include "http/registration.hpp"

#include <fmt/core.h>

namespace baton::http {

std::string to_string(const registration_place& where) {
  return fmt::format("{}:{}", where.file, where.line);
}

}  // namespace baton::http
