#include "server/server_core.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include <sched.h>
#include <sys/resource.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "server/tls_files.hpp"

namespace baton {
namespace {

std::size_t processors() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
}

// What RLIMIT_NOFILE allows, less what the process itself needs.
std::size_t affordable_connections() noexcept {
  constexpr std::size_t reserve = 64;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  return descriptors > 2 * reserve ? descriptors - reserve : std::max<std::size_t>(descriptors / 2, 1);
}

// Zero: there are no tickets, until a reload wants some.
std::chrono::milliseconds rotation_of(const options& settings) noexcept {
  const auto given = settings.tls.ticket_rotation;
  return given.count() != 0 ? given : tls_options{}.ticket_rotation;
}

}  // namespace

options server_core::completed(options settings) {
  if (settings.limits.connections == 0) settings.limits.connections = affordable_connections();
  return settings;
}

std::size_t server_core::worker_count(const options& settings) {
  return settings.threads != 0 ? settings.threads : processors();
}

server_core::server_core(const options& settings, std::shared_ptr<const http::route_table> routes)
    : settings_{completed(settings)},
      context_{settings_, std::move(routes)},
      tickets_{std::make_shared<net::ticket_keys>(rotation_of(settings_), std::chrono::system_clock::now())},
      workers_{context_, settings_, worker_count(settings_)} {}

server_core::~server_core() {
  close();
  if (started_) {
    // Handlers that are suspended have been cancelled; one that takes no notice goes with its worker.
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::seconds{5}, [this] { return empty_; });
    lock.unlock();
    context_.blocking.join();
  }
  workers_.stop();
}

void server_core::load_certificates() {
  use(load_tls(settings_, tickets_));
}

void server_core::prepare(std::vector<net::listener> listeners) {
  if (tls_ == nullptr) load_certificates();
  if (const std::string& path = settings_.access_log.path; !path.empty()) {
    auto opened = session::open_access_log(path);
    if (!opened) throw std::runtime_error{"cannot open the access log: " + opened.error().text()};
    context_.access.write_to(std::move(*opened));
  }
  for (net::listener& l : listeners) {
    addresses_.push_back(l.local);
    offers_.push_back({l.spec, l.socket});
    acceptors_.push_back(std::make_unique<net::acceptor>(
        workers_.accepting_context(), std::move(l), [this](net::accepted_socket accepted, const net::listener& from) {
          workers_.deal(std::move(accepted), from);
        }));
  }
  find_https_port();
  started_ = true;
  workers_.start();
}

void server_core::accept() {
  boost::asio::post(workers_.accepting_context(), [this] {
    for (const auto& a : acceptors_) a->start();
  });
}

void server_core::begin_drain(std::function<void()> drained) {
  // Without a next process nothing can be transferred, and lingering loses as little as can be.
  bool closes = false;
  {
    const std::lock_guard lock{mutex_};
    closes = settings_.drain.idle == idle_policy::close;
  }
  begin_drain(closes ? fsm::drain_manner::close_idle : fsm::drain_manner::linger_idle, listening::close,
              std::move(drained));
}

void server_core::begin_drain(fsm::drain_manner manner, listening after, std::function<void()> drained) {
  fsm::drain_actions actions;
  bool already = false;
  std::uint64_t round = 0;
  {
    const std::lock_guard lock{mutex_};
    actions = fsm_.begin();
    if (actions.drain_connections) {
      round = ++round_;
      manner_ = manner;
      after_ = after;
      empty_ = false;
    }
    tell_workers(actions);
    already = fsm_.phase() != fsm::drain_phase::draining;
    if (drained && !already) on_drained_.push_back(std::move(drained));
  }
  if (already && drained) drained();
  if (actions.drain_connections && !started_) emptied(round);
  if (actions.tell_hooks) tell_hook();
}

void server_core::resume() {
  const std::lock_guard lock{mutex_};
  if (!fsm_.resume().resume) return;
  ++round_;
  empty_ = false;
  on_drained_.clear();
  context_.draining = fsm::drain_manner::none;
  if (!started_) return;
  boost::asio::post(workers_.accepting_context(), [this] {
    workers_.undrain();
    for (const auto& a : acceptors_) a->start();
  });
}

// Under the lock, so that a drain and a close that come at the same time are told in their order.
void server_core::tell_workers(const fsm::drain_actions& actions) {
  if (!started_) return;
  if (actions.release_acceptors) {
    if (actions.drain_connections && after_ == listening::hold) {
      hold_acceptors();
    } else {
      release_acceptors(actions.drain_connections);
    }
  }
  if (actions.drain_connections) drain_connections();
  if (actions.close_connections) close_connections();
}

// A hook's failure is its own affair: the drain is under way.
void server_core::tell_hook() const {
  if (!drain_hook_) return;
  try {
    drain_hook_();
  } catch (const std::exception& error) {
    log::error("the drain hook failed: {}; the drain goes on", error.what());
  }
}

void server_core::report() {
  std::vector<std::function<void()>> callbacks;
  {
    const std::lock_guard lock{mutex_};
    callbacks.swap(on_drained_);
  }
  changed_.notify_all();
  for (const auto& f : callbacks) f();
}

// This and what follows happens on the acceptors' thread, one after the other: the last connections
// have been dealt before the workers are told to drain or close what they have.
void server_core::release_acceptors(bool sweep) {
  boost::asio::post(workers_.accepting_context(), [this, sweep] {
    for (const auto& a : acceptors_) {
      const removal which = removal_;
      if (which == removal::all || (which == removal::own && !a->source().adopted)) net::remove_path(a->source());
      a->stop(sweep);
    }
    if (released_hook_) released_hook_();
  });
}

void server_core::hold_acceptors() {
  boost::asio::post(workers_.accepting_context(), [this] {
    for (const auto& a : acceptors_) a->pause(true);
    if (released_hook_) released_hook_();
  });
}

void server_core::drain_connections() {
  context_.draining = manner_;
  boost::asio::post(workers_.accepting_context(), [this, manner = manner_, round = round_] {
    workers_.drain(manner, [this, round] { emptied(round); });
  });
}

void server_core::close_connections() {
  boost::asio::post(workers_.accepting_context(), [this, round = round_] {
    workers_.drain(fsm::drain_manner::close_idle, [this, round] { emptied(round); });
    workers_.close_connections();
  });
}

void server_core::emptied(std::uint64_t round) {
  fsm::drain_actions actions;
  {
    const std::lock_guard lock{mutex_};
    if (round != round_) return;  // that drain was called off
    actions = fsm_.empty();
    empty_ = true;
  }
  changed_.notify_all();
  if (actions.report) report();
}

drain_result server_core::wait_drained(std::chrono::milliseconds deadline) {
  std::unique_lock lock{mutex_};
  const auto over = [this] { return fsm_.phase() != fsm::drain_phase::draining; };
  drain_result result;
  if (deadline.count() == 0) {
    changed_.wait(lock, over);
  } else {
    constexpr std::chrono::hours longest{24 * 365};  // more would overflow the clock
    result.timed_out = !changed_.wait_for(lock, std::min<std::chrono::milliseconds>(deadline, longest), over);
  }
  result.left = fsm_.phase() == fsm::drain_phase::drained ? 0 : connections();
  return result;
}

void server_core::cut_connections() {
  boost::asio::post(workers_.accepting_context(), [this] { workers_.close_connections(); });
}

void server_core::close() {
  fsm::drain_actions actions;
  {
    const std::lock_guard lock{mutex_};
    actions = fsm_.close();
    tell_workers(actions);
  }
  if (actions.close_connections && !started_) emptied(0);
  changed_.notify_all();
}

void server_core::settle(session::worker_context& worker, std::vector<session::peer_key> gone,
                         std::vector<net::moving_connection> back) {
  boost::asio::post(worker.io(), [&worker, gone = std::move(gone), back = std::move(back)]() mutable {
    worker.settle(gone, std::move(back));
  });
}

bool server_core::admit(const net::moving_connection& moved) {
  {
    const std::lock_guard lock{mutex_};
    if (fsm_.phase() != fsm::drain_phase::serving) return false;
  }
  const session::peer_key peer = session::peer_of(moved);
  using verdict = session::connection_budget::verdict;
  const verdict found = context_.budget.enter(peer);
  if (found == verdict::refused) context_.budget.leave(peer);
  return found == verdict::admitted;
}

void server_core::adopt(std::vector<net::moving_connection> moved) {
  boost::asio::post(workers_.accepting_context(), [this, moved = std::move(moved)]() mutable {
    for (net::moving_connection& each : moved) workers_.adopt(std::move(each));
  });
}

std::size_t server_core::connections() const noexcept {
  return context_.budget.count();
}

}  // namespace baton
