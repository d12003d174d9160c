#include <baton/middleware/method_override.hpp>

#include <stdexcept>
#include <utility>

#include "http/method_override.hpp"
#include "http/syntax.hpp"

namespace baton::with {
namespace {

bool is_useless(method named) noexcept {
  switch (named) {
    case method::unknown:
    case method::get:
    case method::head:
    case method::options:
    case method::trace:
    case method::connect:
      return true;
    default:
      return false;
  }
}

}  // namespace

middleware method_override(method_override_options how) {
  for (const method each : how.methods) {
    if (is_useless(each)) throw std::invalid_argument{"method_override: a POST cannot stand for such a method"};
  }
  if (!http::is_token(how.field)) throw std::invalid_argument{"method_override: the field's name is not a token"};
  return http::method_override{std::move(how.field), std::move(how.methods)};
}

}  // namespace baton::with
