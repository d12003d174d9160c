#include "server/listeners.hpp"

#include "base/log.hpp"

namespace baton {

std::vector<net::listener> open_listeners(const options& settings, upgrade::inherited_listeners inherited) {
  net::bind_options how;
  how.backlog = settings.backlog;
  how.unix_mode = settings.unix_socket.mode;
  how.unix_owner = settings.unix_socket.owner;

  std::vector<net::listener> listeners;
  for (const std::string& spec : settings.listen) {
    auto adopted = inherited.take(spec);
    listeners.push_back(adopted ? net::adopt_listener(spec, std::move(*adopted)) : net::bind_listener(spec, how));
  }
  for (upgrade::inherited_listeners::entry& unwanted : inherited.rest()) {
    const net::listener closed = net::adopt_listener(unwanted.spec, std::move(unwanted.fd));
    log::info("the inherited listener {} is not configured any more", closed.local);
  }
  return listeners;
}

}  // namespace baton
