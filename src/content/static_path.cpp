#include "content/static_path.hpp"

#include <algorithm>

#include "http/percent.hpp"
#include "http/target.hpp"

namespace baton::content {
namespace {

bool is_bad(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f || c == '/' || c == '\\';
}

bool is_name(std::string_view segment, bool first, bool dot_files) noexcept {
  if (segment.empty() || segment == "." || segment == "..") return false;
  if (segment.front() == '.' && !dot_files && !(first && segment == ".well-known")) return false;
  return std::none_of(segment.begin(), segment.end(), is_bad);
}

}  // namespace

// Raw: a slash that was escaped is still to be seen.
std::string_view open_part(const request& req) {
  const std::string_view pattern = req.pattern();
  const bool rest = pattern.ends_with("...}");
  const bool as_sent = req.path().data() == req.target().data();
  if (rest && as_sent && !req.params().empty()) return req.params().back().value;
  std::string_view raw = http::raw_path(req);
  const bool open = rest || pattern.ends_with('/');
  const auto closed = open ? std::count(pattern.begin(), pattern.end(), '/') : 1;
  for (auto i = closed; i != 0; --i) {
    const std::size_t slash = raw.find('/');
    raw = slash == std::string_view::npos ? std::string_view{} : raw.substr(slash + 1);
  }
  return raw;
}

std::optional<static_path> static_path_of(const request& req, bool dot_files) {
  static_path path;
  std::string_view left = open_part(req);
  path.directory = left.empty() || left.ends_with('/');
  if (left.ends_with('/')) left.remove_suffix(1);
  if (left.empty()) return path.directory && http::raw_path(req).ends_with("//") ? std::nullopt : std::optional{path};
  for (bool last = false; !last;) {
    const std::size_t slash = left.find('/');
    last = slash == std::string_view::npos;
    std::string segment;
    if (!http::append_decoded(segment, left.substr(0, slash))) return std::nullopt;
    if (!is_name(segment, path.name.empty(), dot_files)) return std::nullopt;
    if (!path.name.empty()) path.name += '/';
    path.name += segment;
    if (!last) left.remove_prefix(slash + 1);
  }
  return path;
}

}  // namespace baton::content
