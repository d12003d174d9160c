#include "config/table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/listen_address.hpp"

namespace baton::config {
namespace {

std::vector<conflict> listen_conflicts(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return {{"listen", 0, "at least one address is needed"}};
  std::vector<conflict> found;
  std::vector<std::pair<std::size_t, listen_address>> seen;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto parsed = parse_address(addresses[i]);
    if (!parsed) continue;
    const auto& address = *parsed.address;
    const bool chosen_by_system = address.kind != address_kind::unix_path && address.port == 0;
    const auto twin = std::find_if(seen.begin(), seen.end(), [&](const auto& s) { return s.second == address; });
    if (twin != seen.end() && !chosen_by_system) {
      found.push_back({"listen", i,
                       fmt::format("{} is the same address as {}; leave one of them out", in_quotes(addresses[i]),
                                   in_quotes(addresses[twin->first]))});
    }
    seen.emplace_back(i, address);
  }
  return found;
}

void add_tls_conflicts(const baton::options& settings, std::vector<conflict>& found) {
  const tls_options& tls = settings.tls;
  if (tls.certificate.size() != tls.key.size()) {
    const bool keyless = tls.certificate.size() > tls.key.size();
    found.push_back(
        {keyless ? "tls.certificate" : "tls.key", 0,
         fmt::format("given {} times, but {} {} times; each certificate needs its key",
                     std::max(tls.certificate.size(), tls.key.size()), keyless ? "tls.key" : "tls.certificate",
                     std::min(tls.certificate.size(), tls.key.size()))});
  }
  if (tls.verify_client != client_verification::none && tls.client_ca.empty()) {
    found.push_back({"tls.verify_client", 0, "nobody's certificate can be verified without tls.client_ca"});
  }
  if (tls.ticket_rotation.count() != 0 && tls.ticket_rotation < std::chrono::minutes{1}) {
    found.push_back({"tls.ticket_rotation", 0, "less than 1m; write 0 for no tickets"});
  }
  for (std::size_t i = 0; i < settings.listen.size() && tls.certificate.empty(); ++i) {
    const auto parsed = parse_address(settings.listen[i]);
    if (!parsed || parsed.address->scheme != listen_scheme::https) continue;
    found.push_back({"listen", i, in_quotes(settings.listen[i]) + " needs tls.certificate and tls.key"});
  }
}

}  // namespace

entry own_option_entry(const std::string& name, std::string help) {
  entry made;
  made.name = name;
  made.help = std::move(help);
  made.hint = text_form{}.hint();
  made.parse = [name](std::string_view text, values& into) { return text_form{}.parse(text, into.own[name]); };
  made.print = [name](const values& from) { return std::vector<std::string>{from.own.at(name)}; };
  return made;
}

const entry* find(const table& options, std::string_view name) noexcept {
  const auto found = std::find_if(options.begin(), options.end(), [name](const entry& e) { return e.name == name; });
  return found == options.end() ? nullptr : &*found;
}

std::string_view group_of(std::string_view name) noexcept {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

std::vector<conflict> conflicts(const baton::options& settings) {
  auto found = listen_conflicts(settings.listen);
  const auto& upgrade = settings.upgrade;
  if (!upgrade.signature.empty() && upgrade.public_key.empty()) {
    found.push_back({"upgrade.signature", 0, "cannot be verified without upgrade.public_key"});
  }
  if (upgrade.signature.empty() && !upgrade.public_key.empty()) {
    found.push_back({"upgrade.public_key", 0, "verifies nothing without upgrade.signature"});
  }
  add_tls_conflicts(settings, found);
  const auto& limits = settings.limits;
  if (limits.target > limits.head) {
    const size_form form;
    found.push_back({"limits.target", 0,
                     fmt::format("'{}' is more than limits.head, {}; a target is part of the head",
                                 form.print(limits.target), form.print(limits.head))});
  }
  return found;
}

}  // namespace baton::config
