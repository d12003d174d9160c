#include <baton/response.hpp>

#include <algorithm>
#include <stdexcept>

#include "http/field_rules.hpp"
#include "http/problem.hpp"
#include "http/response_access.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

constexpr std::string_view content_type_name = "Content-Type";
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view type_start = "Content-Type: ";
constexpr std::string_view text_line = "Content-Type: text/plain; charset=utf-8\r\n";
constexpr std::string_view html_line = "Content-Type: text/html; charset=utf-8\r\n";
constexpr std::string_view json_line = "Content-Type: application/json\r\n";

std::string_view text_of(field id) {
  if (id == field::unknown) throw std::invalid_argument{"a field name is not known"};
  const auto name = to_string(id);
  return {name.data(), name.size()};
}

// Takes the next line, with its end, off a block of `Name: value` lines.
std::string_view take_line(std::string_view& block) noexcept {
  const std::string_view line = block.substr(0, block.find(line_end) + line_end.size());
  block.remove_prefix(line.size());
  return line;
}

bool has_name(std::string_view line, std::string_view name) noexcept {
  return line.size() > name.size() && line[name.size()] == ':' && http::iequals(line.substr(0, name.size()), name);
}

// Of an answer that has no fields yet.
void begin_with_type(response& made, std::string_view content_type) {
  http::check_value(content_type_name, content_type);
  http::response_access::append_unchecked(made, content_type_name, content_type);
}

// `name` or `name/version` (RFC 9110 section 7.8).
bool is_protocol(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (!http::is_token(text.substr(0, slash))) return false;
  return slash == std::string_view::npos || http::is_token(text.substr(slash + 1));
}

}  // namespace

response response::text(std::string body, baton::status status) {
  response made{status};
  made.content_type_line_ = text_line;
  made.body_ = std::move(body);
  return made;
}

response response::text(literal body, baton::status status) noexcept {
  response made{status};
  made.content_type_line_ = text_line;
  made.body_literal_ = body.view();
  return made;
}

response response::html(std::string body, baton::status status) {
  response made{status};
  made.content_type_line_ = html_line;
  made.body_ = std::move(body);
  return made;
}

response response::json(std::string body, baton::status status) {
  response made{status};
  made.content_type_line_ = json_line;
  made.body_ = std::move(body);
  return made;
}

response response::bytes(std::string_view content_type, std::string body, baton::status status) {
  response made{status};
  begin_with_type(made, content_type);
  made.body_ = std::move(body);
  return made;
}

response response::redirect(std::string_view location, baton::status status) {
  response made{status};
  made.set("Location", location);
  return made;
}

response response::problem(baton::status status, std::string_view code, std::string_view detail) {
  return http::problem_response(status, {code, detail, {}});
}

response response::stream(std::string_view content_type, producer body, std::optional<std::uint64_t> length) {
  response made;
  begin_with_type(made, content_type);
  made.length_ = length;
  made.producer_ = std::move(body);
  return made;
}

response response::file(std::string_view content_type, std::shared_ptr<const file_content> content,
                        baton::status status) {
  response made{status};
  begin_with_type(made, content_type);
  made.file_ = std::move(content);
  return made;
}

response response::upgrade(std::string_view protocol, tunnel run) {
  if (!is_protocol(protocol)) throw std::invalid_argument{"the protocol of an upgrade is not a token"};
  response made{status::switching_protocols};
  http::response_access::append_unchecked(made, "Upgrade", protocol);
  made.tunnel_ = std::move(run);
  return made;
}

response& response::set(std::string_view name, std::string_view value) & {
  http::check_field(name, value);
  erase(name);
  http::response_access::append_unchecked(*this, name, value);
  return *this;
}

response& response::set(field id, std::string_view value) & {
  return set(text_of(id), value);
}

response& response::append(std::string_view name, std::string_view value) & {
  // A second Content-Type would be read differently by every client.
  if (http::iequals(name, content_type_name)) return set(name, value);
  http::check_field(name, value);
  http::response_access::append_unchecked(*this, name, value);
  return *this;
}

response& response::announce_trailer(std::string_view name) & {
  http::check_trailer(name, {});
  http::response_access::append_unchecked(*this, "Trailer", name);
  return *this;
}

response& response::erase(std::string_view name) & {
  if (http::iequals(name, content_type_name)) content_type_line_ = {};
  for (std::size_t at = 0; at < fields_.size();) {
    std::string_view rest = std::string_view{fields_}.substr(at);
    const std::string_view line = take_line(rest);
    if (has_name(line, name)) {
      fields_.erase(at, line.size());
    } else {
      at += line.size();
    }
  }
  return *this;
}

std::string_view response::known_content_type() const noexcept {
  if (content_type_line_.empty()) return {};
  return content_type_line_.substr(type_start.size(), content_type_line_.size() - type_start.size() - line_end.size());
}

std::optional<std::string_view> response::get(std::string_view name) const noexcept {
  if (!content_type_line_.empty() && http::iequals(name, content_type_name)) return known_content_type();
  for (std::string_view rest = fields_; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (!has_name(line, name)) continue;
    const std::size_t start = name.size() + 2;
    return line.substr(start, line.size() - start - line_end.size());
  }
  return std::nullopt;
}

response& response::body(std::string text) & {
  body_ = std::move(text);
  body_literal_ = {};
  file_.reset();
  producer_ = nullptr;
  length_.reset();
  return *this;
}

response& response::replace_body(producer made, std::optional<std::uint64_t> length) & {
  body({});
  producer_ = std::move(made);
  length_ = length;
  return *this;
}

namespace http {

void response_access::append_unchecked(response& r, std::string_view name, std::string_view value) {
  std::string& block = r.fields_;
  const std::size_t needed = block.size() + name.size() + value.size() + 4;
  // One allocation for the few lines that an answer usually has.
  if (block.capacity() < needed) block.reserve(std::max<std::size_t>(2 * needed, 128));
  block += name;
  block += ": ";
  block += value;
  block += line_end;
}

}  // namespace http
}  // namespace baton
