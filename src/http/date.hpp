// IMF-fixdate (RFC 9110 section 5.6.7), without a locale and without a clock of its own.
#pragma once

#include <chrono>
#include <string>

namespace baton::http {

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
[[nodiscard]] std::string format_date(std::chrono::sys_seconds when);

}  // namespace baton::http
