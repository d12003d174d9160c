#include <baton/conditional.hpp>

#include <algorithm>

#include "http/date.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

struct tag {
  std::string_view opaque;  // with its quotes
  bool weak = false;
};

bool is_tag_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

// Takes `W/"..."` or `"..."` off `text`; nullopt if it does not begin with one.
std::optional<tag> take_tag(std::string_view& text) noexcept {
  tag taken;
  std::string_view rest = text;
  if (rest.starts_with("W/")) {
    taken.weak = true;
    rest.remove_prefix(2);
  }
  if (!rest.starts_with('"')) return std::nullopt;
  const std::size_t end = rest.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  taken.opaque = rest.substr(0, end + 1);
  const std::string_view inner = taken.opaque.substr(1, end - 1);
  if (!std::all_of(inner.begin(), inner.end(), is_tag_char)) return std::nullopt;
  text = rest.substr(end + 1);
  return taken;
}

std::optional<tag> whole_tag(std::string_view text) noexcept {
  const std::optional<tag> taken = take_tag(text);
  return text.empty() ? taken : std::nullopt;
}

enum class comparison : bool { strong, weak };

bool same(const tag& a, const tag& b, comparison how) noexcept {
  return a.opaque == b.opaque && (how == comparison::weak || (!a.weak && !b.weak));
}

bool lists(std::string_view list, const tag& current, comparison how) noexcept {
  for (;;) {
    list = http::trim(list);
    while (list.starts_with(',')) list = http::trim(list.substr(1));
    const std::optional<tag> next = take_tag(list);
    if (!next) return false;
    if (same(*next, current, how)) return true;
    list = http::trim(list);
    if (!list.starts_with(',')) return false;
  }
}

// The tags may stand on several lines.
bool matches(const request& req, field id, const validators& current, comparison how) {
  const std::optional<tag> own = whole_tag(current.etag);
  for (const field_line& line : req.fields()) {
    if (line.id != id) continue;
    if (line.value == "*") return current.exists;
    if (current.exists && own && lists(line.value, *own, how)) return true;
  }
  return false;
}

bool reads(const request& req) noexcept {
  return req.method() == method::get || req.method() == method::head;
}

bool has(const request& req, field id) noexcept {
  return req.get(id).has_value();
}

// The date of the field, where it is one and there is one to compare it with.
std::optional<std::chrono::sys_seconds> date_of(const request& req, field id, const validators& current) {
  const auto text = req.get(id);
  return text && current.last_modified ? parse_http_date(*text) : std::nullopt;
}

bool changed_since_seen(const request& req, const validators& current) {
  if (has(req, field::if_match)) return !matches(req, field::if_match, current, comparison::strong);
  const auto date = date_of(req, field::if_unmodified_since, current);
  return date && *current.last_modified > *date;
}

}  // namespace

precondition evaluate(const request& req, const validators& current) {
  if (changed_since_seen(req, current)) return precondition::failed;
  if (has(req, field::if_none_match)) {
    if (!matches(req, field::if_none_match, current, comparison::weak)) return precondition::none;
    return reads(req) ? precondition::not_modified : precondition::failed;
  }
  const auto date = reads(req) ? date_of(req, field::if_modified_since, current) : std::nullopt;
  return date && *current.last_modified <= *date ? precondition::not_modified : precondition::none;
}

response& set_validators(response& answer, const validators& current) {
  if (!current.etag.empty()) answer.set(field::etag, current.etag);
  if (current.last_modified) answer.set(field::last_modified, http::format_date(*current.last_modified));
  return answer;
}

std::optional<response> precondition_answer(const request& req, const validators& current) {
  switch (evaluate(req, current)) {
    case precondition::not_modified:
      return set_validators(response{status::not_modified}, current);
    case precondition::failed:
      return response::problem(status::precondition_failed, "precondition_failed");
    case precondition::none:
      break;
  }
  return std::nullopt;
}

bool range_applies(const request& req, const validators& current) {
  const auto text = req.get(field::if_range);
  if (!text) return true;
  if (const std::optional<tag> asked = whole_tag(*text)) {
    const std::optional<tag> own = whole_tag(current.etag);
    return own && same(*asked, *own, comparison::strong);
  }
  const auto date = date_of(req, field::if_range, current);
  return date && current.date_is_strong && *date == *current.last_modified;
}

}  // namespace baton
