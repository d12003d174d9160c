#include "http/registration.hpp"

#include <stdexcept>

#include <fmt/core.h>

namespace baton::http {

std::string to_string(const registration_place& where) {
  return fmt::format("{}:{}", where.file, where.line);
}

void refuse_conflict(const registration& made, const registration& earlier) {
  if (!conflict(made.shape, earlier.shape)) return;
  throw std::invalid_argument{fmt::format("{}: pattern \"{}\" conflicts with \"{}\" registered at {}",
                                          to_string(made.where), made.text, earlier.text, to_string(earlier.where))};
}

}  // namespace baton::http
