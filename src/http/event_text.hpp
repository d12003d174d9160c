// The text of an event (HTML standard, section 9.2.5). What a handler gives can end no line early: a line of data is
// split at each of the three line ends that clients know, the other fields refuse them.
#pragma once

#include <string>
#include <string_view>

#include <baton/event_stream.hpp>

namespace baton::http {

/// Throws std::invalid_argument, and appends nothing, for a type or id of several lines or an id with NUL.
void append_event(std::string& out, const event& what);

/// A comment, a line of its own for each line of `text`.
void append_comment(std::string& out, std::string_view text);

}  // namespace baton::http
