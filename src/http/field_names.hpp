// The number of a field name. Beast's own look-up goes four bytes at a time, twice: to hash and to compare. This
// one takes a name's first and last eight bytes for its key, which most names are in whole: 25 instructions a
// field, where it took 60 to 150. The numbers, and the names that have one, stay Beast's.
//
// Rejected: a table of the few names that the server itself looks at. Handlers ask for any of them by number.
#pragma once

#include <string_view>

#include <baton/types.hpp>

namespace baton::http {

/// The field that `name`, a token (RFC 9110 section 5.6.2), names without regard to case; `field::unknown` if it has
/// no number. Any thread.
[[nodiscard]] field field_named(std::string_view name) noexcept;

}  // namespace baton::http
