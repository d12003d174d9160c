#include "server/worker_pool.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <utility>

#include <pthread.h>

#include <fmt/core.h>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "net/asio_services.hpp"
#include "os/signal_set.hpp"

namespace baton {

using session::connection_budget;

namespace {

// Nothing a client sends throws past its connection; should it happen all the same, one connection
// is stuck, not the process down.
void run(boost::asio::io_context& io) {
  os::signal_set{SIGPIPE}.block();  // sendfile knows no MSG_NOSIGNAL
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log::error("a worker caught '{}' at its edge and goes on", error.what());
    }
  }
}

}  // namespace

worker_pool::worker_pool(session::server_context& server, const options& settings, std::size_t count)
    : server_{server} {
  server.workers = std::max<std::size_t>(count, 1);
  for (std::size_t i = 0; i < server.workers; ++i) workers_.push_back(std::make_unique<worker>(server, settings));
}

worker_pool::~worker_pool() {
  stop();
}

void worker_pool::start() {
  std::size_t number = 0;
  for (const auto& w : workers_) {
    w->thread = std::thread{[&io = w->context.io()] { run(io); }};
    ::pthread_setname_np(w->thread.native_handle(), fmt::format("worker-{}", number++).c_str());
  }
}

void worker_pool::background(background_job work) {
  session::worker_context& first = workers_.front()->context;
  boost::asio::post(first.io(), [&first, work = std::move(work)]() mutable {
    if (first.background().full()) return log::error("a background task is dropped: too many run");
    first.background().run(std::move(work), {});
  });
}

void worker_pool::every(std::chrono::milliseconds interval, background_job work) {
  if (interval < std::chrono::milliseconds{1}) throw std::invalid_argument{"an interval must be a millisecond or more"};
  session::worker_context& first = workers_.front()->context;
  boost::asio::post(first.io(), [&first, interval, work = std::move(work)]() mutable {
    first.background().every(interval, std::move(work));
  });
}

void worker_pool::apply(const options& settings) {
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(), [&context = w->context, next = session::worker_settings{settings}]() mutable {
      context.apply(std::move(next));
    });
  }
}

void worker_pool::use(const std::shared_ptr<const net::tls_context>& context) {
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(), [&worker = w->context, context]() mutable { worker.tls(std::move(context)); });
  }
}

// The fewest open ones, with those that are on the way: in a burst the others' own counts come too late.
worker_pool::worker& worker_pool::next() noexcept {
  const std::size_t count = workers_.size();
  if (count == 1) return *workers_.front();
  const auto load = [this](std::size_t which) {
    worker& w = *workers_[which];
    return w.coming.load(std::memory_order_relaxed) + w.context.registry().counts().open();
  };
  std::size_t best = turn_++ % count;
  std::size_t least = load(best);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t open = load(i);
    if (open + 1 < least) {
      best = i;
      least = open;
    }
  }
  return *workers_[best];
}

void worker_pool::deal(net::accepted_socket accepted, const net::listener& from) {
  session::connection_origin origin;
  origin.info.client = net::client_of(accepted.peer);
  origin.announced = contains(workers_.front()->context.trust().announcing, origin.info.client);
  if (!origin.announced) origin.peer = session::key_of(origin.info.client);  // else it is the proxy's
  const connection_budget::verdict verdict = server_.budget.enter(origin.peer);
  if (verdict == connection_budget::verdict::hopeless) return;
  origin.refused = verdict == connection_budget::verdict::refused;
  origin.info.id = ++last_id_;
  origin.info.listener = from.shared_local;
  origin.info.secure = from.scheme == listen_scheme::https;
  origin.redirects = from.scheme == listen_scheme::redirect;
  worker& w = next();
  if (&w == workers_.front().get()) {
    return w.context.enter(std::move(accepted.socket), accepted.family, std::move(origin));
  }
  auto enter = [&w, socket = std::move(accepted.socket), family = accepted.family,
                origin = std::move(origin)]() mutable {
    w.context.enter(std::move(socket), family, std::move(origin));
    w.coming.fetch_sub(1, std::memory_order_relaxed);
  };
  boost::asio::post(w.context.io(), std::move(enter));
  w.coming.fetch_add(1, std::memory_order_relaxed);
}

void worker_pool::adopt(net::moving_connection moved) {
  moved.id = ++last_id_;
  worker& w = next();
  // Posted even to this thread: a connection that comes is never served from within another's turn.
  boost::asio::post(w.context.io(), [&w, moved = std::move(moved)]() mutable {
    w.context.adopt(std::move(moved));
    w.coming.fetch_sub(1, std::memory_order_relaxed);
  });
  w.coming.fetch_add(1, std::memory_order_relaxed);
}

void worker_pool::drain(fsm::drain_manner manner, std::function<void()> empty) {
  if (std::exchange(drain_begun_, true)) return;
  // One round's own: workers of a round that was called off must not count for the next one.
  const auto left = std::make_shared<std::atomic<std::size_t>>(workers_.size());
  const auto one_empty = [left, empty = std::move(empty)] {
    if (left->fetch_sub(1) == 1) empty();
  };
  // Behind the connections that have been dealt to the same worker from this thread.
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(),
                      [&context = w->context, manner, one_empty] { context.drain(manner, one_empty); });
  }
}

void worker_pool::undrain() {
  if (!std::exchange(drain_begun_, false)) return;
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(), [&context = w->context] { context.undrain(); });
  }
}

void worker_pool::close_connections() {
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(), [&context = w->context] { context.close_all(); });
  }
}

void worker_pool::replace_routes(const std::shared_ptr<const http::route_table>& table) {
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(), [&context = w->context, table]() mutable {
      net::make_services(context.io());
      context.routes().replace(std::move(table));
    });
  }
}

void worker_pool::probe(std::function<void()> answered) {
  const auto left = std::make_shared<std::atomic<std::size_t>>(workers_.size());
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(), [left, answered] {
      if (left->fetch_sub(1) == 1) answered();
    });
  }
}

session::connection_counts worker_pool::counts() const noexcept {
  session::connection_counts sum;
  for (const auto& w : workers_) {
    const session::connection_counts own = w->context.registry().counts();
    sum.fresh += own.fresh;
    sum.active += own.active;
    sum.idle += own.idle;
    sum.upgraded += own.upgraded;
  }
  return sum;
}

std::vector<const session::worker_counters*> worker_pool::counters() const {
  std::vector<const session::worker_counters*> all;
  for (const auto& w : workers_) all.push_back(&std::as_const(w->context).counters());
  return all;
}

std::vector<session::connection_counts> worker_pool::counts_by_worker() const {
  std::vector<session::connection_counts> all;
  for (const auto& w : workers_) all.push_back(w->context.registry().counts());
  return all;
}

std::size_t worker_pool::describe(std::size_t limit,
                                  const std::function<void(std::vector<session::connection_summary>)>& each) {
  for (const auto& w : workers_) {
    boost::asio::post(w->context.io(),
                      [&context = w->context, limit, each] { each(context.registry().describe(limit)); });
  }
  return workers_.size();
}

void worker_pool::stop() noexcept {
  for (const auto& w : workers_) {
    w->guard.reset();
    w->context.io().stop();
  }
  for (const auto& w : workers_) {
    if (w->thread.joinable()) w->thread.join();
  }
}

}  // namespace baton
