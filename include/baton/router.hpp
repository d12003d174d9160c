// Routes, in the manner of Go 1.22's ServeMux: patterns may overlap, the most specific one wins
// whatever the order of registration, and two that match some path in common without one being more
// specific are refused when the second is registered.
//
//     GET /users/{id}        one segment, percent-decoded, req.param<int>("id")
//     GET /files/{path...}   the rest, slashes included; must be last
//     /static/               a trailing slash matches everything below, as {...} would
//     GET /{$}               exactly "/"
//
// A pattern without a method matches all of them. GET also answers HEAD. OPTIONS, 405 with `Allow`
// and 404 (501 for a method that nobody knows) are automatic. A path that lacks only the trailing
// slash of a pattern is redirected (308).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <baton/handler.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>
#include <baton/route_options.hpp>
#include <baton/types.hpp>

namespace baton {

namespace http {
class route_set;
class route_table;
struct route;
}  // namespace http

/// Where a route was registered; filled in by the default argument. (Clang 14 has no std::source_location.)
struct registration_place {
  const char* file;
  unsigned line;
  static constexpr registration_place here(const char* file = __builtin_FILE(),
                                           unsigned line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

/// The rest of a middleware chain. Call it once, or not at all to answer in its place.
class next {
 public:
  task<response> operator()(request& req) const;

 private:
  friend struct http::route;
  next(const http::route* route, std::size_t index) noexcept : route_{route}, index_{index} {}
  const http::route* route_;
  std::size_t index_;
};

/// Wraps the handlers behind it. Runs on the worker, for every request of its router or group.
using middleware = std::function<task<response>(request&, next)>;

/// Fill it, then give it to a server; after that it does not change. Not thread-safe while filled.
class router {
 public:
  router();
  ~router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;

  /// Registers `pattern`, `[METHOD ]/path`. Throws std::invalid_argument, naming this place by file
  /// and line (and the other one for a conflict), if the pattern is malformed or conflicts.
  router& handle(std::string_view pattern, handler call, registration_place where = registration_place::here());

  /// As above, with limits and time-outs of its own.
  router& handle(std::string_view pattern, handler call, const route_options& own,
                 registration_place where = registration_place::here());

  /// As `handle`, with the method given by the name of the function and `path` alone.
  router& get(std::string_view path, handler call, registration_place where = registration_place::here());
  router& post(std::string_view path, handler call, registration_place where = registration_place::here());
  router& put(std::string_view path, handler call, registration_place where = registration_place::here());
  router& patch(std::string_view path, handler call, registration_place where = registration_place::here());
  router& del(std::string_view path, handler call, registration_place where = registration_place::here());
  router& get(std::string_view path, handler call, const route_options& own,
              registration_place where = registration_place::here());
  router& post(std::string_view path, handler call, const route_options& own,
               registration_place where = registration_place::here());
  router& put(std::string_view path, handler call, const route_options& own,
              registration_place where = registration_place::here());
  router& patch(std::string_view path, handler call, const route_options& own,
                registration_place where = registration_place::here());
  router& del(std::string_view path, handler call, const route_options& own,
              registration_place where = registration_place::here());

  /// What holds for all routes of this router or group, registered before and after, where they do not say
  /// otherwise themselves. A second call replaces the first. Automatic answers (404, 405) know no limits.
  router& limits(const route_options& common);

  /// Adds middleware around everything, automatic answers (404, 405, OPTIONS) included. The first
  /// added is the outermost. Applies to routes registered before and after.
  router& use(middleware wrap);

  /// Routes below `prefix` that share middleware. `fill` gets a router of its own whose patterns are
  /// relative to `prefix`; its `use` applies to its own routes only. Groups nest. An empty path stands
  /// for the prefix itself, `/` for everything below it. Throws as `handle` does; if `fill` throws, the
  /// group's routes are dropped.
  router& group(std::string_view prefix, const std::function<void(router&)>& fill);

  /// The finished table; the router is empty afterwards. For the server.
  [[nodiscard]] std::shared_ptr<const http::route_table> release();

 private:
  friend class http::route_set;
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace baton
