// The finished routes. Looking one up never fails: what has no route gets one of the table's own
// (404, 405, OPTIONS, the slash redirect), so that middleware sees every request alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <baton/handler.hpp>
#include <baton/request.hpp>
#include <baton/router.hpp>

namespace baton::http {

struct route {
  std::string pattern;  ///< path part, as shown by request::pattern
  handler call;
  std::vector<middleware> chain;  ///< outermost first

  /// The handler, if it can be called directly: a plain function without middleware. Else null.
  [[nodiscard]] const handler::plain* direct() const noexcept;
  /// True if the handler reads the body itself.
  [[nodiscard]] bool streams_body() const noexcept;
  /// The whole chain and the handler. `req` must have its exchange set.
  [[nodiscard]] task<response> run(request& req) const;
  /// The chain from `index` on; what `next` calls.
  [[nodiscard]] task<response> run_from(std::size_t index, request& req) const;
  [[nodiscard]] next next_at(std::size_t index) const noexcept { return next{this, index}; }
};

class route_table {
 public:
  /// The route for the request's method and path. Sets its pattern and params. Allocates nothing once
  /// the request's vectors are warm. Any thread.
  [[nodiscard]] const route& find(request& req) const;
};

}  // namespace baton::http
