// Status lines, made once for every code that has a registered reason phrase.
#pragma once

#include <string_view>

namespace baton::http {

/// `HTTP/1.1 200 OK\r\n`. A code without a phrase gets an empty one; one that is not three digits is a
/// handler's mistake and goes out as 500. Static storage.
[[nodiscard]] std::string_view status_line(unsigned code);

}  // namespace baton::http
