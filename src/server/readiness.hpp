// Whether this process wants more clients, for load balancers and Kubernetes: a route of its own that
// says `ready` until the process is to stop. Health is another question: a process that stops is fine.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <baton/router.hpp>

namespace baton {

class readiness {
 public:
  /// Adds `GET path`; empty: nothing. Throws std::invalid_argument, naming the option and the other route, if
  /// the program has one of that path.
  void add_route(router& routes, const std::string& path) const;

  /// From now on the answer is 503. Any thread.
  void withdraw() noexcept { *ready_ = false; }

 private:
  // Shared with the handler, which may outlive this.
  std::shared_ptr<std::atomic<bool>> ready_ = std::make_shared<std::atomic<bool>>(true);
};

}  // namespace baton
