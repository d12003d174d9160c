// Status lines, made once for every code that has a registered reason phrase.
#pragma once

#include <string>

namespace baton::http {

/// Appends `HTTP/1.1 200 OK\r\n`. A code without a phrase gets an empty one; one that is not three
/// digits is a handler's mistake and goes out as 500.
void append_status_line(std::string& out, unsigned code);

}  // namespace baton::http
