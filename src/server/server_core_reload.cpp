// What changes in a server that runs: settings and listeners.
#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "server/server_core.hpp"

namespace baton {
namespace {

listen_scheme scheme_of(const std::string& spec) {
  const auto parsed = parse_address(spec);
  return parsed ? parsed.address->scheme : listen_scheme::http;
}

}  // namespace

void server_core::apply(const options& settings) {
  const options next = completed(settings);
  {
    const std::lock_guard lock{mutex_};
    settings_ = next;
  }
  context_.budget.limits(next.limits.connections, next.limits.connections_per_address);
  context_.blocking.queue(next.blocking.queue);
  find_https_port();
  workers_.apply(next);
}

void server_core::reopen_access_log() {
  std::string path;
  {
    const std::lock_guard lock{mutex_};
    path = settings_.access_log.path;
  }
  if (path.empty()) return;
  if (auto opened = session::open_access_log(path); !opened) {
    log::error("cannot open the access log anew: {}; the old one is written on", opened.error().text());
  } else {
    context_.access.write_to(std::move(*opened));
  }
}

std::vector<served_listener> server_core::served() const {
  std::vector<served_listener> all;
  for (std::size_t i = 0; i < offers_.size(); ++i) all.push_back({offers_[i].spec, addresses_[i]});
  return all;
}

// The new ones begin before the old ones end: a client that finds the one finds the other.
void server_core::serve_on(const listener_plan& plan, std::vector<net::listener> bound) {
  std::vector<std::string> addresses;
  std::vector<upgrade::offered_listener> offers;
  auto fresh = bound.begin();
  for (const auto& [spec, kept] : plan.wanted) {
    addresses.push_back(kept ? addresses_[*kept] : fresh->local);
    offers.push_back({spec, kept ? offers_[*kept].fd : os::fd_view{fresh->socket}});
    if (!kept) ++fresh;
  }
  std::vector<std::pair<os::fd_view, std::string>> kept;
  for (const auto& [spec, index] : plan.wanted) {
    if (index && offers_[*index].spec != spec) kept.emplace_back(offers_[*index].fd, spec);
  }
  std::vector<os::fd_view> removed;
  for (const std::size_t each : plan.removed) removed.push_back(offers_[each].fd);
  addresses_.swap(addresses);
  offers_.swap(offers);
  find_https_port();
  boost::asio::post(workers_.accepting_context(),
                    [this, bound = std::move(bound), removed = std::move(removed), kept = std::move(kept)]() mutable {
                      for (const auto& [socket, spec] : kept) rename_acceptor(socket, spec, scheme_of(spec));
                      for (net::listener& each : bound) start_acceptor(std::move(each));
                      for (const os::fd_view each : removed) retire_acceptor(each);
                    });
}

// On the accepting context's thread, as what follows.
void server_core::start_acceptor(net::listener source) {
  try {
    acceptors_.push_back(
        std::make_unique<net::acceptor>(workers_.accepting_context(), std::move(source),
                                        [this](net::accepted_socket accepted, const net::listener& from) {
                                          workers_.deal(std::move(accepted), from);
                                        }));
    acceptors_.back()->start();
    log::info("{} is served now", acceptors_.back()->source().local);
  } catch (const std::exception& error) {
    log::error("cannot accept on {}: {}; what connects waits for the next upgrade", source.local, error.what());
    unserved_.push_back(std::move(source));  // it stays open: the next generation is offered it
  }
}

void server_core::retire_acceptor(os::fd_view socket) {
  const auto has_it = [socket](const net::listener& l) { return os::fd_view{l.socket} == socket; };
  std::erase_if(unserved_, has_it);
  const auto found =
      std::find_if(acceptors_.begin(), acceptors_.end(), [&](const auto& a) { return has_it(a->source()); });
  if (found == acceptors_.end()) return;
  std::unique_ptr<net::acceptor> retired = std::move(*found);
  acceptors_.erase(found);
  net::remove_path(retired->source());
  retired->stop(true);
  log::info("{} is not served any more", retired->source().local);
  boost::asio::post(workers_.accepting_context(), [retired = std::move(retired)] {});  // see acceptor::stop
}

void server_core::rename_acceptor(os::fd_view socket, const std::string& spec, listen_scheme scheme) {
  for (const auto& a : acceptors_) {
    if (os::fd_view{a->source().socket} == socket) a->rename(spec, scheme);
  }
}

void server_core::use(std::shared_ptr<const net::tls_context> context) {
  workers_.use(context);
  tls_ = std::move(context);
}

std::vector<std::string> server_core::urls() const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < offers_.size(); ++i) {
    const listen_scheme scheme = scheme_of(offers_[i].spec);
    const bool bare = scheme == listen_scheme::http && addresses_[i].starts_with("unix:");
    all.push_back(bare ? addresses_[i] : std::string{to_string(scheme)} + "://" + addresses_[i]);
  }
  return all;
}

// Where redirect:// listeners send clients: as configured, else to the first https:// listener.
void server_core::find_https_port() {
  std::uint16_t port = 0;
  {
    const std::lock_guard lock{mutex_};
    port = settings_.tls.redirect_port;
  }
  for (std::size_t i = 0; port == 0 && i < offers_.size(); ++i) {
    const auto local = parse_address(addresses_[i]);
    if (scheme_of(offers_[i].spec) == listen_scheme::https && local) port = local.address->port;
  }
  constexpr std::uint16_t usual = 443;
  context_.https_port = port != 0 ? port : usual;
}

void server_core::set_path_access(net::path_access access) {
  boost::asio::post(workers_.accepting_context(), [this, access] {
    for (const auto& a : acceptors_) {
      if (const auto done = net::set_access(a->source(), access); !done) {
        log::warning("the access to {} stays as it is: {}", a->source().local, done.error().text());
      }
    }
  });
}

void server_core::set_backlog(int backlog) {
  for (const upgrade::offered_listener& each : offers_) {
    if (const auto done = net::set_backlog(each.fd, backlog); !done) {
      log::warning("the backlog of {} stays as it is: {}", each.spec, done.error().text());
    }
  }
}

}  // namespace baton
