// The finished routes. Looking one up never fails: what has no route gets one of the table's own
// (404, 405, OPTIONS, the slash redirect), so that middleware sees every request alike.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <baton/handler.hpp>
#include <baton/request.hpp>
#include <baton/router.hpp>

#include "http/route_set.hpp"

namespace baton::http {

class route_tree;

struct route {
  std::string pattern;  ///< path part, as shown by request::pattern
  handler call;
  std::vector<middleware> chain;         ///< outermost first
  std::vector<std::string> wildcards{};  ///< names in the pattern's order; empty for an unnamed rest
  bool subtree = false;                  ///< the pattern ends in a rest
  bool automatic = false;                ///< the table's own answer, which no body changes
  route_options own{};                   ///< its group's among it

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
  /// The routes of `own` and of all of `others`, which must not conflict. The middleware of `own` goes
  /// around the table's own answers too.
  explicit route_table(const route_set& own, const std::vector<const route_set*>& others = {});
  ~route_table();
  route_table(const route_table&) = delete;
  route_table& operator=(const route_table&) = delete;

  /// The route for the request's method and path. Sets its pattern and params. Allocates nothing once
  /// the request's vectors are warm. Any thread.
  [[nodiscard]] const route& find(request& req) const;

  /// The value of `Allow` for the request's path; empty if no route has it.
  [[nodiscard]] std::string allowed_methods(const request& req) const;

 private:
  void add(const route_set& routes);
  void add_automatic(const std::vector<middleware>& outer);
  [[nodiscard]] const route* find_registered(request& req, std::string_view raw) const;
  [[nodiscard]] const route& without_route(const request& req) const;

  // constant after construction
  std::vector<std::shared_ptr<const route>> routes_;  // shared with other tables
  std::unique_ptr<route_tree> tree_;
  std::string all_methods_;
  std::unique_ptr<route> not_found_;
  std::unique_ptr<route> method_not_allowed_;
  std::unique_ptr<route> not_implemented_;
  std::unique_ptr<route> options_;
  std::unique_ptr<route> slash_redirect_;
};

}  // namespace baton::http
