#include "server/readiness.hpp"

#include <stdexcept>

namespace baton {

void readiness::add_route(router& routes, const std::string& path) const {
  if (path.empty()) return;
  const auto answer = [ready = ready_](request&) {
    const bool yes = *ready;
    return response::text(yes ? "ready\n" : "stopping\n", yes ? status::ok : status::service_unavailable)
        .set(field::cache_control, "no-store");
  };
  try {
    routes.get(path, answer);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument{"shutdown.readiness: cannot add a route: " + std::string{error.what()}};
  }
}

}  // namespace baton
