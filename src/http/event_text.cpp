#include "http/event_text.hpp"

#include <stdexcept>

namespace baton::http {
namespace {

// CR LF, LF or CR ends a line.
std::string_view take_text_line(std::string_view& text) noexcept {
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
    return line;
  }
  text.remove_prefix(end);
  text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
  return line;
}

// A last line end makes one more, empty line: the text comes out as it went in.
void append_lines(std::string& out, std::string_view name, std::string_view text) {
  bool more = true;
  while (more) {
    const std::size_t before = text.size();
    const std::string_view line = take_text_line(text);
    more = before != line.size();
    out.append(name).append(line).append(1, '\n');
  }
}

void check_line(const char* what, std::string_view text) {
  if (text.find_first_of("\r\n") != std::string_view::npos) {
    throw std::invalid_argument{std::string{"the "} + what + " of an event has a line end"};
  }
}

}  // namespace

void append_event(std::string& out, const event& what) {
  check_line("type", what.type);
  check_line("id", what.id);
  if (what.id.find('\0') != std::string::npos) throw std::invalid_argument{"the id of an event has a NUL"};
  if (what.retry) out.append("retry: ").append(std::to_string(what.retry->count())).append(1, '\n');
  if (!what.type.empty()) out.append("event: ").append(what.type).append(1, '\n');
  if (!what.id.empty()) out.append("id: ").append(what.id).append(1, '\n');
  if (!what.data.empty()) append_lines(out, "data: ", what.data);
  out += '\n';
}

void append_comment(std::string& out, std::string_view text) {
  append_lines(out, text.empty() ? ":" : ": ", text);
  out += '\n';
}

}  // namespace baton::http
