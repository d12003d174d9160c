#include "upgrade/inherited_listeners.hpp"

#include <algorithm>
#include <utility>

#include "base/listen_address.hpp"
#include "os/socket_address.hpp"

namespace baton::upgrade {

std::optional<os::unique_fd> inherited_listeners::take(std::string_view spec) {
  auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return !spec.empty() && e.spec == spec; });
  if (found == entries_.end()) {
    const auto wanted = parse_address(spec);
    if (!wanted || (wanted.address->kind != address_kind::unix_path && wanted.address->port == 0)) return std::nullopt;
    found = std::find_if(entries_.begin(), entries_.end(),
                         [&](const entry& e) { return os::local_address(e.fd) == wanted.address; });
  }
  if (found == entries_.end()) return std::nullopt;
  os::unique_fd taken = std::move(found->fd);
  entries_.erase(found);
  return taken;
}

std::vector<inherited_listeners::entry> inherited_listeners::rest() noexcept {
  return std::exchange(entries_, {});
}

}  // namespace baton::upgrade
