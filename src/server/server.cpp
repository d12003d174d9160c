#include <baton/server.hpp>

#include <utility>

#include "server/listeners.hpp"
#include "server/server_core.hpp"

namespace baton {

struct server::impl {
  impl(options settings, router routes) : given{std::move(settings)}, core{given, routes.release()} {}
  const options given;
  server_core core;
};

server::server(options settings, router routes)
    : impl_{std::make_unique<impl>(std::move(settings), std::move(routes))} {}

server::~server() = default;

void server::on_connection_state(state_hook hook) {
  impl_->core.on_connection_state(std::move(hook));
}

void server::on_drain(std::function<void()> hook) {
  impl_->core.on_drain(std::move(hook));
}

void server::background(background_job work) {
  impl_->core.background(std::move(work));
}

void server::every(std::chrono::milliseconds interval, background_job work) {
  impl_->core.every(interval, std::move(work));
}

void server::start() {
  impl_->core.prepare(open_listeners(impl_->given, {}).configured);
  impl_->core.accept();
}

std::vector<std::string> server::addresses() const {
  return impl_->core.addresses();
}

drain_result server::shutdown(std::chrono::milliseconds deadline) {
  impl_->core.begin_drain({});
  return impl_->core.wait_drained(deadline);
}

void server::close() {
  impl_->core.close();
}

std::size_t server::connections() const {
  return impl_->core.connections();
}

}  // namespace baton
