#include "support/endpoint.hpp"

#include <stdexcept>

namespace baton::test {

endpoint endpoint::parse(std::string_view text) {
  endpoint where;
  for (const std::string_view scheme : {"http://", "https://", "redirect://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  if (text.starts_with("unix:")) {
    where.path = text.substr(5);
    return where;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::invalid_argument{"no address: " + std::string{text}};
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  where.host = host;
  where.port = static_cast<std::uint16_t>(std::stoul(std::string{text.substr(colon + 1)}));
  return where;
}

std::string endpoint::text() const {
  if (local()) return "unix:" + path;
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace baton::test
