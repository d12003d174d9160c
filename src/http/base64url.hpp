// base64url without padding (RFC 4648 section 5), strictly: one text for each value, so that a signed text
// cannot be spelled in two ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace baton::http {

[[nodiscard]] std::string to_base64url(std::string_view bytes);

/// nullopt for any other character, padding, an impossible length, or bits set that belong to no byte.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace baton::http
