#include <baton/ranges.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <random>

#include <fmt/core.h>

#include "http/range_layout.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

using kind = range_selection::kind;

// About what a part's head takes: a gap that is smaller costs less than a part of its own.
constexpr std::uint64_t small_gap = 80;

// Digits alone, at least one; what is too large for any file stays so.
std::optional<std::uint64_t> read_position(std::string_view text) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!http::is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return value;
}

// One element of the list: false if it is malformed. One that begins behind the end adds nothing.
bool add_range(std::string_view text, std::uint64_t size, std::vector<byte_range>& into) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const auto last = read_position(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) return false;
    const std::uint64_t length = std::min(*last, size);
    if (length != 0) into.push_back({size - length, length});
    return true;
  }
  const auto first = read_position(text.substr(0, dash));
  const bool open = text.size() == dash + 1;
  if (!first || (!open && (!last || *last < *first))) return false;
  if (*first >= size) return true;
  const std::uint64_t end = open ? size : std::min(*last, size - 1) + 1;
  into.push_back({*first, end - *first});
  return true;
}

bool nearly_touch(const byte_range& before, const byte_range& behind) noexcept {
  return behind.first <= before.first + before.length + small_gap;
}

bool any_touch(std::vector<byte_range> sorted) {
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return std::adjacent_find(sorted.begin(), sorted.end(), nearly_touch) != sorted.end();
}

// The order asked for is kept where nothing is joined (RFC 9110 section 15.3.7.2).
void join(std::vector<byte_range>& parts) {
  if (!any_touch(parts)) return;
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<byte_range> joined;
  for (const byte_range& each : parts) {
    if (joined.empty() || !nearly_touch(joined.back(), each)) {
      joined.push_back(each);
    } else {
      byte_range& last = joined.back();
      last.length = std::max(last.first + last.length, each.first + each.length) - last.first;
    }
  }
  parts = std::move(joined);
}

std::string content_range(const byte_range& part, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", part.first, part.first + part.length - 1, size);
}

// No content has it but by a chance of one in 2^128.
std::string make_boundary() {
  static thread_local std::mt19937_64 source{std::random_device{}()};
  return fmt::format("{:016x}{:016x}", source(), source());
}

std::string assemble(const http::range_layout& layout, std::string_view body) {
  std::string text;
  for (const file_region& region : layout.regions) {
    text += region.before;
    text += body.substr(static_cast<std::size_t>(region.offset), static_cast<std::size_t>(region.length));
  }
  return text += layout.after;
}

}  // namespace

range_selection select_ranges(std::string_view text, std::uint64_t size) {
  const std::size_t equals = text.find('=');
  if (size == 0 || equals == std::string_view::npos || !http::iequals(text.substr(0, equals), "bytes")) return {};
  range_selection selected;
  std::size_t asked = 0;
  for (std::string_view list = text.substr(equals + 1); !list.empty();) {
    const std::string_view element = http::take_element(list);
    if (element.empty()) continue;
    if (++asked > most_ranges || !add_range(element, size, selected.parts)) return {};
  }
  if (asked == 0) return {};
  if (selected.parts.empty()) return {kind::unsatisfiable, {}};
  join(selected.parts);
  std::uint64_t total = 0;
  for (const byte_range& part : selected.parts) total += part.length;
  if (selected.parts.size() > 1 && total >= size) return {};
  selected.what = kind::partial;
  return selected;
}

range_selection select_ranges(const request& req, std::uint64_t size, const validators& current) {
  const auto text = req.get(field::range);
  const auto lines = std::count_if(req.fields().begin(), req.fields().end(),
                                   [](const field_line& line) { return line.id == field::range; });
  if (req.method() != method::get || lines != 1 || !range_applies(req, current)) return {};
  return select_ranges(*text, size);
}

response ranged(const request& req, std::string_view content_type, std::string body, const validators& current) {
  if (auto answer = precondition_answer(req, current)) return std::move(*answer);
  const range_selection selected = select_ranges(req, body.size(), current);
  const http::range_layout layout = http::lay_out(selected, content_type, body.size());
  if (selected.what != kind::whole) body = assemble(layout, body);
  response answer = selected.what == kind::unsatisfiable
                        ? response::problem(layout.status, "range_not_satisfiable")
                        : response::bytes(layout.content_type, std::move(body), layout.status);
  http::set_range_fields(answer, layout, current);
  return answer;
}

namespace http {

range_layout lay_out(const range_selection& selected, std::string_view content_type, std::uint64_t size) {
  range_layout layout;
  layout.content_type = content_type;
  if (selected.what == kind::whole) {
    if (size != 0) layout.regions.push_back({0, size, {}});
    return layout;
  }
  if (selected.what == kind::unsatisfiable) {
    layout.status = status::range_not_satisfiable;
    layout.content_range = fmt::format("bytes */{}", size);
    return layout;
  }
  layout.status = status::partial_content;
  if (selected.parts.size() == 1) {
    layout.content_range = content_range(selected.parts.front(), size);
    layout.regions.push_back({selected.parts.front().first, selected.parts.front().length, {}});
    return layout;
  }
  const std::string boundary = make_boundary();
  layout.content_type = "multipart/byteranges; boundary=" + boundary;
  for (const byte_range& part : selected.parts) {
    layout.regions.push_back({part.first, part.length,
                              fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n", boundary,
                                          content_type, content_range(part, size))});
  }
  layout.after = fmt::format("\r\n--{}--\r\n", boundary);
  return layout;
}

void set_range_fields(response& answer, const range_layout& layout, const validators& current) {
  answer.set(field::accept_ranges, "bytes");
  if (!layout.content_range.empty()) answer.set(field::content_range, layout.content_range);
  if (layout.status != status::range_not_satisfiable) set_validators(answer, current);
}

}  // namespace http
}  // namespace baton
