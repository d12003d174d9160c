#include "server/control_server.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace baton {

std::optional<net::listener> open_control_socket(const std::string& path, upgrade::inherited_listeners& inherited) {
  if (path.empty()) return std::nullopt;
  constexpr int backlog = 128;
  // Not `unix:`: a listener for requests must not be taken for this one.
  const std::string spec = "control:" + path;
  if (auto taken = inherited.take(spec)) return net::adopt_listener(spec, std::move(*taken), backlog);
  net::bind_options how;
  how.backlog = backlog;
  how.unix_mode = 0600;
  net::listener made = net::bind_listener("unix:" + std::filesystem::absolute(path).string(), how);
  made.spec = spec;
  return made;
}

control_server::control_server(boost::asio::io_context& context, control_service service)
    : context_{context}, service_{std::move(service)}, ticker_{context}, patience_{context} {}

void control_server::listen_on(std::optional<net::listener> socket) {
  acceptor_.reset();
  if (!socket) return;
  acceptor_ = std::make_unique<net::pausing_acceptor>(context_, std::move(*socket),
                                                      [this](os::unique_fd fresh) { enter(std::move(fresh)); });
  if (accepting_) accept();
}

void control_server::pause() noexcept {
  accepting_ = false;
  if (acceptor_) acceptor_->pause();
}

void control_server::remove_path() noexcept {
  if (acceptor_) net::remove_path(acceptor_->source());
}

std::string control_server::path() const {
  if (!acceptor_) return {};
  const std::string& local = acceptor_->source().local;
  return local.substr(local.find(':') + 1);
}

void control_server::accept() {
  accepting_ = true;
  if (!acceptor_) return;
  try {
    acceptor_->start();
  } catch (const std::exception& error) {
    log::error("the control socket is out of service: {}", error.what());
  }
}

void control_server::enter(os::unique_fd socket) noexcept {
  try {
    auto peer = os::peer_credentials(socket);
    const auto forget = [this] { boost::asio::post(context_, [this] { left(); }); };
    auto session = std::make_shared<control_session>(context_, std::move(socket), service_, std::move(peer), forget);
    const bool full = sessions_.size() >= most_clients;
    sessions_.push_back(session);
    if (full) return session->refuse("too many control clients");
    session->start();
    arm_tick();
  } catch (const std::exception& error) {
    log::error("a control client is dropped: {}", error.what());
  }
}

// Those that have closed go, once none of their functions runs.
void control_server::left() {
  std::erase_if(sessions_, [](const auto& each) { return each->closed(); });
  if (sessions_.empty() && finished_) let_go();
}

void control_server::changed() {
  for (std::size_t i = 0; i < sessions_.size(); ++i) sessions_[i]->tell();
}

void control_server::arm_tick() {
  if (ticking_ || sessions_.empty()) return;
  ticking_ = true;
  ticker_.expires_after(interval);
  ticker_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    ticking_ = false;
    changed();
    arm_tick();
  });
}

void control_server::finish(bool sweep, std::function<void()> done) {
  constexpr std::chrono::milliseconds patience{500};
  finished_ = std::move(done);
  pause();
  if (sweep && acceptor_) acceptor_->sweep();
  const auto all = sessions_;
  for (const auto& each : all) each->finish(control_session::patience_with_fresh::some);
  patience_.expires_after(patience);
  patience_.async_wait([this](boost::system::error_code error) {
    if (!error) let_go();
  });
  left();
}

void control_server::let_go() {
  patience_.cancel();
  if (const auto done = std::exchange(finished_, nullptr)) done();
}

}  // namespace baton
