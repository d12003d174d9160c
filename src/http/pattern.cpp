#include "http/pattern.hpp"

#include <algorithm>
#include <stdexcept>

#include "http/percent.hpp"
#include "http/syntax.hpp"

namespace baton::http {
namespace {

[[noreturn]] void malformed(const char* reason) {
  throw std::invalid_argument{reason};
}

bool is_name(std::string_view text) noexcept {
  if (text.empty() || is_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '_'; });
}

segment parse_braces(std::string_view text, bool last) {
  if (text.back() != '}') malformed("a wildcard must be a whole segment");
  text = text.substr(1, text.size() - 2);
  if (text == "$") {
    if (!last) malformed("{$} must come last");
    return {segment_kind::literal, {}};
  }
  segment made{segment_kind::wildcard, {}};
  if (text.ends_with("...")) {
    if (!last) malformed("a {name...} wildcard must come last");
    made.kind = segment_kind::rest;
    text.remove_suffix(3);
  }
  if (!is_name(text)) malformed("a wildcard's name must be an identifier");
  made.text = text;
  return made;
}

segment parse_segment(std::string_view text, bool last) {
  if (text.empty()) {
    if (!last) malformed("empty segment");
    return {segment_kind::rest, {}};
  }
  if (text.front() == '{') return parse_braces(text, last);
  if (text.find_first_of("{}") != std::string_view::npos) malformed("a wildcard must be a whole segment");
  if (text.find_first_of("?# ") != std::string_view::npos) malformed("a path has no '?', '#' or space");
  segment made;
  if (!append_decoded(made.text, text)) malformed("broken percent-encoding");
  if (made.text == "." || made.text == "..") malformed("a dot segment never matches");
  return made;
}

std::vector<segment> parse_path(std::string_view path) {
  if (path.empty() || path.front() != '/') malformed("a path must begin with '/'");
  std::vector<segment> segments;
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    const std::size_t start = slash + 1;
    slash = path.find('/', start);
    segment made = parse_segment(path.substr(start, slash - start), slash == std::string_view::npos);
    const auto same_name = [&](const segment& other) {
      return other.kind == segment_kind::wildcard && other.text == made.text;
    };
    if (made.kind != segment_kind::literal && std::any_of(segments.begin(), segments.end(), same_name)) {
      malformed("two wildcards of the same name");
    }
    segments.push_back(std::move(made));
  }
  return segments;
}

relation opposite(relation r) noexcept {
  if (r == relation::more_specific) return relation::more_general;
  if (r == relation::more_general) return relation::more_specific;
  return r;
}

// The relation of two products, from those of their factors.
relation combine(relation a, relation b) noexcept {
  if (a == relation::disjoint || b == relation::disjoint) return relation::disjoint;
  if (a == relation::equal) return b;
  if (b == relation::equal || a == b) return a;
  return relation::overlapping;
}

relation compare_methods(const pattern& a, const pattern& b) noexcept {
  if (a.method_text == b.method_text) return relation::equal;
  if (a.method_text.empty()) return relation::more_general;
  if (b.method_text.empty()) return relation::more_specific;
  if (a.method_text == "GET" && b.method_text == "HEAD") return relation::more_general;
  if (a.method_text == "HEAD" && b.method_text == "GET") return relation::more_specific;
  return relation::disjoint;
}

// Two segments at the same place, neither of them a rest.
relation compare_segments(const segment& a, const segment& b) noexcept {
  if (a.kind == b.kind) {
    return a.kind == segment_kind::wildcard || a.text == b.text ? relation::equal : relation::disjoint;
  }
  const segment& literal = a.kind == segment_kind::literal ? a : b;
  if (literal.text.empty()) return relation::disjoint;  // `{$}`: a wildcard takes no empty segment
  return &literal == &a ? relation::more_specific : relation::more_general;
}

bool ends_in_rest(const pattern& p) noexcept {
  return p.segments.back().kind == segment_kind::rest;
}

relation compare_paths(const pattern& a, const pattern& b) noexcept {
  const std::size_t fixed_a = a.segments.size() - (ends_in_rest(a) ? 1 : 0);
  const std::size_t fixed_b = b.segments.size() - (ends_in_rest(b) ? 1 : 0);
  relation found = relation::equal;
  for (std::size_t i = 0; i != std::min(fixed_a, fixed_b); ++i) {
    found = combine(found, compare_segments(a.segments[i], b.segments[i]));
    if (found == relation::disjoint) return found;
  }
  if (fixed_a == fixed_b) {
    if (ends_in_rest(a) == ends_in_rest(b)) return found;
    // `/a` and `/a/...`: a rest begins with a slash that the other does not have.
    return relation::disjoint;
  }
  // The shorter one matches the longer one's paths only through its rest.
  if (fixed_a < fixed_b) return ends_in_rest(a) ? combine(found, relation::more_general) : relation::disjoint;
  return opposite(compare_paths(b, a));
}

}  // namespace

pattern parse_pattern(std::string_view text) {
  pattern made;
  if (const std::size_t space = text.find(' '); space != std::string_view::npos) {
    made.method_text = text.substr(0, space);
    if (!is_token(made.method_text)) malformed("the method is not a token");
    made.verb = boost::beast::http::string_to_verb(made.method_text);
    text = trim(text.substr(space + 1));
  }
  made.segments = parse_path(text);
  made.path = text;
  return made;
}

std::string parse_prefix(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) return {};
  const std::vector<segment> segments = parse_path(text);
  const segment& last = segments.back();
  if (last.kind == segment_kind::rest || (last.kind == segment_kind::literal && last.text.empty())) {
    malformed("a prefix cannot end in {name...} or {$}");
  }
  return std::string{text};
}

relation compare(const pattern& a, const pattern& b) {
  return combine(compare_methods(a, b), compare_paths(a, b));
}

bool conflict(const pattern& a, const pattern& b) {
  const relation found = compare(a, b);
  return found == relation::equal || found == relation::overlapping;
}

}  // namespace baton::http
