// The finished routes of one router, which any number of tables may share: a program's own routes stay the
// same objects while tables with other plugins' routes beside them come and go. Handlers are never copied,
// so that what they keep by value is kept.
#pragma once

#include <memory>
#include <vector>

#include <baton/handler.hpp>
#include <baton/router.hpp>

#include "http/registration.hpp"

namespace baton::http {

struct route;

/// What a router has gathered for one route.
struct route_entry {
  registration claim;
  handler call;
  std::vector<middleware> chain;  ///< of its groups, outermost first
  route_options own{};
};

struct finished_route {
  registration claim;
  std::shared_ptr<const route> made;
};

class route_set {
 public:
  /// `entries` must be free of conflicts; `outer` goes around each of them.
  route_set(std::vector<route_entry> entries, std::vector<middleware> outer);

  /// Takes what `from` has gathered and leaves it empty. `around`: the middleware of a set that this one
  /// will stand beside; it goes around this one's own.
  [[nodiscard]] static route_set of(router& from, const std::vector<middleware>& around = {});

  [[nodiscard]] const std::vector<finished_route>& routes() const noexcept { return routes_; }
  [[nodiscard]] const std::vector<middleware>& outer() const noexcept { return outer_; }

  /// Throws as claim_index::refuse_conflict does, for the first pair of the two sets that conflicts.
  void refuse_conflicts_with(const route_set& earlier) const;

 private:
  std::vector<finished_route> routes_;
  std::vector<middleware> outer_;
};

}  // namespace baton::http
