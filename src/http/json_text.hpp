// JSON strings (RFC 8259 section 7) for the few documents the framework writes itself. Boost.JSON was
// left out here: a problem document is five strings, and its texts may not be valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace baton::http {

/// Appends `text` with quotes. Control characters are escaped; each byte that is not part of valid
/// UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// `text` with each byte that is not part of valid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace baton::http
