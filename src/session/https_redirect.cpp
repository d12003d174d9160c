#include "session/https_redirect.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "http/syntax.hpp"
#include "http/target.hpp"

namespace baton::session {
namespace {

constexpr std::size_t longest_host = 255;
constexpr std::uint16_t usual_port = 443;

// Without its port. The parser has found it to be an authority; of what that may be made of, some is
// good for nothing but confusion in a Location.
std::string_view host_of(const request& req) {
  std::string_view host = req.host();
  const bool literal = host.starts_with('[');
  const std::size_t end = literal ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  host = host.substr(0, end);
  const auto plain = [](char c) { return http::is_alpha(c) || http::is_digit(c) || c == '.' || c == '-' || c == '_'; };
  const bool good = literal || std::all_of(host.begin(), host.end(), plain);
  return good && host.size() <= longest_host ? host : std::string_view{};
}

response redirect(const request& req, std::uint16_t port) {
  const std::string_view host = host_of(req);
  if (host.empty()) {
    return response::problem(status::bad_request, "no_host", "a redirect to https needs the host's name").close();
  }
  std::string location = "https://";
  location += host;
  if (port != usual_port) location.append(":").append(std::to_string(port));
  location += req.path() == "*" ? std::string_view{"/"} : http::raw_path(req);
  if (!req.query().empty()) location.append("?").append(req.query());
  return response::redirect(location, status::permanent_redirect).close();
}

}  // namespace

http::route route_to_https(const std::atomic<std::uint16_t>& port) {
  const auto answer = [&port](request& req) { return redirect(req, port.load(std::memory_order_relaxed)); };
  return {{}, answer, {}, {}, false, true};
}

}  // namespace baton::session
