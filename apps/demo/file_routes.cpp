#include <baton/baton.hpp>

#include "routes.hpp"

namespace demo {

void shared_files::serve_from(const std::string& root) {
  std::optional<baton::static_files> next;
  if (!root.empty()) next.emplace(root);
  const std::lock_guard lock{mutex_};
  files_ = std::move(next);
}

baton::response shared_files::operator()(baton::request& req) const {
  std::optional<baton::static_files> files;
  {
    const std::lock_guard lock{mutex_};
    files = files_;
  }
  return files ? (*files)(req) : baton::response::problem(baton::status::not_found, "no_static_root");
}

namespace {

// Counts what a body is once it has been inflated.
baton::task<baton::response> measure(baton::request&, baton::body_stream& body) {
  std::uint64_t size = 0;
  for (;;) {
    const std::string_view piece = co_await body.read();
    if (piece.empty()) break;
    size += piece.size();
  }
  co_return baton::response::text(std::to_string(size));
}

}  // namespace

void add_file_routes(baton::router& routes, std::shared_ptr<const shared_files> files) {
  routes.group("/static", [&](baton::router& below) {
    below.use(baton::compression());
    below.get("/{path...}", [files](baton::request& req) { return (*files)(req); });
  });
  routes.group("/inflate", [](baton::router& below) {
    below.use(baton::inflate_requests());
    below.post("", measure);
  });
}

}  // namespace demo
