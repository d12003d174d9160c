#include "content/coded_tags.hpp"

#include <algorithm>

#include "http/request_access.hpp"

namespace baton::content {
namespace {

// What stands at the end of a tag in the coding.
std::string ending(http::coding how) {
  return "-" + std::string{http::to_string(how)} + "\"";
}

field_line* known_tags(request& req) noexcept {
  auto& fields = http::request_access::fields(req);
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [](const field_line& line) { return line.id == field::if_none_match; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

std::string coded_tag(std::string_view tag, http::coding how) {
  const std::string_view opaque = tag.starts_with("W/") ? tag.substr(2) : tag;
  if (opaque.size() < 2 || opaque.front() != '"' || opaque.back() != '"') return std::string{tag};
  return "W/" + std::string{opaque.substr(0, opaque.size() - 1)} + ending(how);
}

// Lists over several lines are rare, and tags in the others merely do not match.
plain_tags::plain_tags(request& req, http::coding how) : request_{req} {
  field_line* const line = how == http::coding::identity ? nullptr : known_tags(req);
  if (line == nullptr) return;
  const std::string end = ending(how);
  plain_ = line->value;
  for (std::size_t at = plain_.find(end); at != std::string::npos; at = plain_.find(end, at)) {
    plain_.erase(at, end.size() - 1);
  }
  if (plain_.size() == line->value.size()) return;
  sent_ = line->value;
  line->value = plain_;
}

void plain_tags::restore() noexcept {
  if (sent_.empty()) return;
  if (field_line* const line = known_tags(request_)) line->value = sent_;
  sent_ = {};
}

void confirm_tag(const request& req, response& answer, http::coding how) {
  const std::string_view plain = answer.get("ETag").value_or("");
  if (how == http::coding::identity || plain.empty()) return;
  const std::string coded = coded_tag(plain, how);
  for (const field_line& line : req.fields()) {
    if (line.id != field::if_none_match || line.value.find(coded) == std::string_view::npos) continue;
    answer.set(field::etag, coded);
    return;
  }
}

}  // namespace baton::content
