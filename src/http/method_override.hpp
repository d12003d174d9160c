// The one piece of middleware that acts before there is a route. The table knows it by its type among the middleware
// that goes around everything, so that neither the router nor other pieces need a second kind of hook.
#pragma once

#include <string>
#include <vector>

#include <baton/router.hpp>

namespace baton::http {

struct method_override {
  std::string field;
  std::vector<method> methods;

  /// Gives a POST the method that its field names.
  void apply(request& req) const;
  /// In the chain there is nothing left to do.
  task<response> operator()(request& req, next rest) const { return rest(req); }
};

/// Applies the one in `chain`, if there is one.
void override_method(const std::vector<middleware>& chain, request& req);

}  // namespace baton::http
