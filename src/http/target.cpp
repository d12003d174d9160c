#include "http/target.hpp"

#include <algorithm>

#include "http/percent.hpp"
#include "http/request_access.hpp"
#include "http/syntax.hpp"

namespace baton::http {
namespace {

struct target_parts {
  std::string_view authority;
  std::string_view path;  // may be empty in the absolute form
  std::string_view query;
  bool absolute = false;
};

std::size_t scheme_length(std::string_view target) noexcept {
  for (const std::string_view scheme : {std::string_view{"http://"}, std::string_view{"https://"}}) {
    if (iequals(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

target_parts split_target(std::string_view target) noexcept {
  target_parts parts;
  if (target.front() != '/') {
    if (const std::size_t length = scheme_length(target); length != 0) {
      parts.absolute = true;
      target.remove_prefix(length);
      parts.authority = target.substr(0, target.find_first_of("/?"));
      target.remove_prefix(parts.authority.size());
    }
  }
  const std::size_t mark = target.find('?');
  parts.path = target.substr(0, mark);
  if (mark != std::string_view::npos) parts.query = target.substr(mark + 1);
  return parts;
}

bool has_dot_segment(std::string_view path) noexcept {
  for (std::size_t at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
    const std::string_view rest = path.substr(at + 2);
    if (rest.empty() || rest.front() == '/') return true;
    if (rest.front() == '.' && (rest.size() == 1 || rest[1] == '/')) return true;
  }
  return false;
}

std::string_view read_path(request& req, std::string_view raw) {
  std::string_view& path = request_access::path(req);
  if (raw.find('%') == std::string_view::npos) {
    path = raw;
  } else {
    std::string& storage = request_access::path_storage(req);
    if (!append_decoded(storage, raw)) return "broken percent-encoding in the target";
    if (storage.find('\0') != std::string::npos) return "NUL in the target";
    path = storage;
  }
  // Of the decoded whole: an escaped slash must not hide a dot segment from this check.
  return has_dot_segment(path) ? "dot segment in the target" : "";
}

std::string_view take_absolute(request& req, target_parts& parts) {
  if (parts.authority.find('@') != std::string_view::npos) return "user information in the target";
  if (!is_authority(parts.authority)) return "bad authority in the target";
  request_access::host(req) = parts.authority;
  if (!parts.path.empty()) return "";
  // RFC 9112 section 3.2.4: such an OPTIONS asks for the server as a whole.
  parts.path = req.method() == method::options && parts.query.data() == nullptr ? "*" : "/";
  return "";
}

// The usual target: an absolute path of visible characters, without anything to decode, cut or check, and perhaps a
// query. False: it is another one, and nothing has been taken from it.
bool take_plain(request& req) noexcept {
  const std::string_view target = req.target();
  if (target.front() != '/') return false;
  std::size_t size = 1;
  // A dot within a segment is no dot segment; a file's path has one.
  const auto plain = [&](char c) { return is_plain_path_char(c) || (c == '.' && target[size - 1] != '/'); };
  while (size != target.size() && plain(target[size])) ++size;
  if (size != target.size()) {
    if (target[size] != '?') return false;
    for (const char c : target.substr(size)) {
      if (!is_visible(c) || c == '#') return false;
    }
    request_access::query(req) = target.substr(size + 1);
  }
  request_access::path(req) = target.substr(0, size);
  return true;
}

}  // namespace

std::string_view read_target(request& req) {
  if (take_plain(req)) return "";
  const std::string_view target = req.target();
  if (!std::all_of(target.begin(), target.end(), is_visible)) return "bad character in the target";
  if (target.find('#') != std::string_view::npos) return "fragment in the target";
  if (target == "*") {
    if (req.method() != method::options) return "target * with a method other than OPTIONS";
    request_access::path(req) = target;
    return "";
  }
  target_parts parts = split_target(target);
  if (parts.absolute) {
    if (const std::string_view reason = take_absolute(req, parts); !reason.empty()) return reason;
  } else if (target.front() != '/') {
    return "the target has no known form";
  }
  request_access::query(req) = parts.query;
  return read_path(req, parts.path);
}

std::string_view raw_path(const request& req) noexcept {
  if (req.path().data() == req.target().data()) return req.path();
  // Decoding only ever shortens: a path as long as the raw one is the raw one.
  if (req.target().find('%') == std::string_view::npos) return req.path();
  const std::string_view raw = split_target(req.target()).path;
  return raw.size() == req.path().size() || raw.empty() ? req.path() : raw;
}

}  // namespace baton::http
