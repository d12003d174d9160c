#include "server/admin_server.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "http/route_table.hpp"
#include "server/admin_routes.hpp"
#include "server/listeners.hpp"

namespace baton {
namespace {

// Not the program's: it must be there when theirs are used up.
options admin_settings() {
  options own;
  own.threads = 1;
  own.limits.connections = 64;
  own.limits.connections_per_address = 0;
  own.limits.body = 4096;
  own.drain.idle = idle_policy::close;
  own.blocking.threads = 1;
  return own;
}

// No address: a listener for requests must not be taken for this one.
std::string spec_of(const std::string& address) {
  return "admin:" + address;
}

// Also one that a service manager has opened, which has no such name.
std::optional<os::unique_fd> take_inherited(const options& settings, upgrade::inherited_listeners& inherited) {
  if (auto named = inherited.take(spec_of(settings.admin))) return named;
  const auto& others = settings.listen;
  if (std::find(others.begin(), others.end(), settings.admin) != others.end()) return std::nullopt;
  return inherited.take(settings.admin);
}

}  // namespace

std::optional<net::listener> open_admin_socket(const options& settings, upgrade::inherited_listeners& inherited) {
  if (settings.admin.empty()) return std::nullopt;
  net::bind_options how = bind_options_of(settings);
  how.backlog = 128;
  std::string spec = spec_of(settings.admin);
  if (auto taken = take_inherited(settings, inherited)) {
    return net::adopt_listener(spec, std::move(*taken), how.backlog);
  }
  net::listener made = net::bind_listener(settings.admin, how);
  made.spec = std::move(spec);
  return made;
}

admin_server::~admin_server() {
  board_->passed_on = true;
  if (!core_) return;
  constexpr std::chrono::milliseconds patience{500};
  core_->begin_drain(fsm::drain_manner::close_idle, server_core::listening::close, {});
  static_cast<void>(core_->wait_drained(patience));
}

void admin_server::prepare(std::optional<net::listener> socket) {
  if (!socket) return;
  core_ = std::make_unique<server_core>(admin_settings(), admin_routes(board_, metrics_).release());
  core_->remove_paths(server_core::removal::own);  // until it accepts, others may need the path
  std::vector<net::listener> one;
  one.push_back(std::move(*socket));
  core_->prepare(std::move(one));
}

void admin_server::accept() {
  if (std::exchange(accepting_, true) || !core_) return;
  core_->remove_paths(server_core::removal::all);
  core_->accept();
}

void admin_server::move_to(std::optional<net::listener> socket) {
  if (!core_) {
    prepare(std::move(socket));
    if (core_ && accepting_) core_->accept();
    return;
  }
  listener_plan plan;
  std::vector<net::listener> bound;
  for (std::size_t i = 0; i < core_->served().size(); ++i) plan.removed.push_back(i);
  if (socket) {
    plan.wanted.push_back({socket->spec, std::nullopt});
    bound.push_back(std::move(*socket));
  }
  core_->serve_on(plan, std::move(bound));
}

void admin_server::pass_on() {
  board_->passed_on = true;
  if (!core_) return;
  core_->remove_paths(server_core::removal::none);
  core_->begin_drain(fsm::drain_manner::close_idle, server_core::listening::hold, {});
}

void admin_server::take_back() {
  board_->passed_on = false;
  if (!core_) return;
  core_->remove_paths(server_core::removal::all);
  core_->resume();
}

std::vector<upgrade::offered_listener> admin_server::offers() const {
  return core_ ? core_->offer_listeners() : std::vector<upgrade::offered_listener>{};
}

std::vector<std::string> admin_server::addresses() const {
  return core_ ? core_->addresses() : std::vector<std::string>{};
}

}  // namespace baton
