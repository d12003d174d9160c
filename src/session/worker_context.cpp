#include "session/worker_context.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "http/date.hpp"
#include "session/connection.hpp"
#include "session/https_redirect.hpp"

namespace baton::session {

server_context::server_context(const options& given, std::shared_ptr<const http::route_table> table)
    : routes{std::move(table)},
      to_https{route_to_https(https_port)},
      budget{given.limits.connections, given.limits.connections_per_address},
      blocking{given.blocking.threads, given.blocking.queue} {}

worker_settings::worker_settings(const options& given)
    : values{given},
      hidden{given.access_log.redact},
      server_line{given.server_name.empty() ? std::string{} : "Server: " + given.server_name + "\r\n"},
      secure_line{server_line},
      trust{given.proxies} {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(given.tls.hsts).count();
  if (seconds > 0) secure_line += "Strict-Transport-Security: max-age=" + std::to_string(seconds) + "\r\n";
}

namespace {

// An answer waits for at most so many others.
constexpr std::size_t longest_batch = 32;

}  // namespace

worker_context::worker_context(server_context& server, const options& settings)
    : server_{server},
      settings_{settings},
      wheel_{std::chrono::steady_clock::now()},
      workspaces_{settings_.values},
      routes_{server.routes, [this] { post_end_of_batch(); }},
      ticker_{io_} {
  refresh_date();
}

worker_context::~worker_context() {
  batch_posted_ = true;  // for good: nothing is posted any more
  registry_.shed();
  background_.drop_timers();
  reception_.shed();
  try {
    hand_over_access();
  } catch (const std::exception& error) {
    log::error("lines of the access log are lost: {}", error.what());
  }
}

void worker_context::enter(os::unique_fd socket, int family, connection_origin from) {
  if (!from.announced || from.refused) return enter_known(std::move(socket), family, std::move(from));
  wake();
  const peer_key peer = from.peer;
  try {
    reception_.receive(std::move(socket), family, std::move(from));
  } catch (const std::exception& error) {
    server_.budget.leave(peer);
    log::error("a connection is closed: {}", error.what());
  }
}

void worker_context::enter_known(os::unique_fd socket, int family, connection_origin from) {
  wake();  // first: the connection asks for the time
  const peer_key peer = from.peer;
  std::unique_ptr<connection> entering;
  try {
    entering = std::make_unique<connection>(*this, std::move(socket), family, std::move(from));
  } catch (const std::exception& error) {  // no memory, or none for epoll
    server_.budget.leave(peer);
    return log::error("a connection is closed: {}", error.what());
  }
  counters_.accepted.add();
  registry_.enter(std::move(entering));
}

namespace {

connection_origin origin_of(const net::moving_connection& moved) {
  connection_origin from;
  from.info.client = client_address::parse(moved.peer).value_or(client_address{});
  from.peer = peer_of(moved);
  return from;
}

}  // namespace

void worker_context::adopt(net::moving_connection moved) {
  wake();
  const peer_key peer = peer_of(moved);
  std::unique_ptr<connection> entering;
  try {
    entering = make_moved(std::move(moved));
  } catch (const std::exception& error) {
    server_.budget.leave(peer);
    return log::error("a connection that has moved here is closed: {}", error.what());
  }
  counters_.arrived.add();
  registry_.enter(std::move(entering));
}

std::unique_ptr<connection> worker_context::make_moved(net::moving_connection moved) {
  connection_origin from = origin_of(moved);
  if (!last_local_ || *last_local_ != moved.local) last_local_ = std::make_shared<const std::string>(moved.local);
  from.info.listener = last_local_;
  from.info.id = moved.id;
  return std::make_unique<connection>(*this, std::move(moved), std::move(from));
}

net::tls_buffers& worker_context::tls_memory() {
  if (!tls_memory_) tls_memory_ = std::make_unique<net::tls_buffers>();
  return *tls_memory_;
}

std::size_t worker_context::handshake_limit() const noexcept {
  return std::max<std::size_t>(settings().tls.handshakes / std::max<std::size_t>(server_.workers, 1), 1);
}

void worker_context::handshake_ended() noexcept {
  if (!handshakes_.waiting() || turn_posted_) return;
  try {
    boost::asio::post(io_, [this] {
      turn_posted_ = false;
      while (connection* const next = handshakes_.next(handshake_limit())) next->begin_handshake();
    });
    turn_posted_ = true;
  } catch (const std::exception&) {
    // No memory: the end of another one tries again.
  }
}

void worker_context::prepare_departure() {
  constexpr std::size_t few = 64;
  if (departures_.size() == departures_.capacity()) departures_.reserve(std::max(2 * departures_.size(), few));
  post_end_of_batch();
}

void worker_context::depart(connection& c, net::moving_connection leaving) noexcept {
  departures_.push_back(std::move(leaving));
  counters_.departed.add();
  registry_.depart(c);
}

void worker_context::send_departures() {
  if (!departures_.empty()) server_.on_departure(*this, std::exchange(departures_, {}));
}

void worker_context::settle(const std::vector<peer_key>& gone, std::vector<net::moving_connection> back) {
  wake();
  for (net::moving_connection& each : back) {
    const peer_key peer = peer_of(each);
    try {
      registry_.come_back(make_moved(std::move(each)));
      counters_.arrived.add();
    } catch (const std::exception& error) {
      server_.budget.leave(peer);
      registry_.departed();
      log::error("a connection that could not move is closed: {}", error.what());
    }
  }
  for (const peer_key& peer : gone) {
    server_.budget.leave(peer);
    registry_.departed();
  }
}

// The clock runs while there are connections.
void worker_context::wake() {
  if (ticking_) return;
  ticking_ = true;
  last_tick_ = std::chrono::steady_clock::now();
  wheel_.advance(last_tick_ - stalled_);
  refresh_date();
  arm_tick();
}

void worker_context::arm_tick() {
  ticker_.expires_after(net::timer_wheel::tick);
  ticker_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

void worker_context::tick() {
  ticking_ = !registry_.empty();
  if (ticking_) arm_tick();  // first: whatever a deadline brings, the next ones come
  refresh_date();
  advance_clock();
  hand_over_access();
}

// A stall (a handler that blocks, a stopped process) stops the clock of the deadlines too: what has
// arrived meanwhile is read before anybody is told that he was too late.
void worker_context::advance_clock() {
  constexpr auto stall = 10 * net::timer_wheel::tick;
  const auto now = std::chrono::steady_clock::now();
  const auto gap = now - last_tick_;
  if (gap > stall) stalled_ += gap - net::timer_wheel::tick;
  last_tick_ = now;
  wheel_.advance(now - stalled_);
}

void worker_context::refresh_date() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::int64_t second = now.time_since_epoch().count();
  if (second == date_second_) return;
  date_second_ = second;
  date_line_ = "Date: " + http::format_date(now) + "\r\n";
}

void worker_context::flush_later(connection& c) {
  flush_.push_back(&c);
  post_end_of_batch();
  // Not while others leave: one that comes back with a further answer takes part in the next batch.
  if (flush_.size() >= longest_batch && !leaving_) flush_all();
}

void worker_context::rearm_later(connection& c) {
  rearm_.push_back(&c);
  post_end_of_batch();
}

void worker_context::watch_later(connection& c) {
  watch_.push_back(&c);
  post_end_of_batch();
}

// Behind an end of the batch that was posted before it, a coroutine starts; behind the next one it ends, if nothing
// makes it wait. So the third end is the one that counts.
void worker_context::watch_waiting() {
  for (connection* const c : watching_[1]) c->watch_if_waiting();
  watching_[1].clear();
  watching_[1].swap(watching_[0]);
  watching_[0].swap(watch_);
  if (!watching_[0].empty() || !watching_[1].empty()) post_end_of_batch();
}

void worker_context::post_end_of_batch() {
  if (std::exchange(batch_posted_, true)) return;
  boost::asio::post(io_,
                    boost::asio::bind_allocator(handler_allocator<std::byte>{batch_memory_}, [this] { end_batch(); }));
}

void worker_context::end_batch() {
  batch_posted_ = false;  // first: an answer queued while others leave is the next batch's
  batch_time_ = {};
  flush_all();
  ++turn_;  // before the first reads of new connections
  rearming_.swap(rearm_);
  for (connection* const c : rearming_) c->rearm();
  rearming_.clear();
  watch_waiting();
  send_departures();
  routes_.sweep();  // no handler is on the stack here
}

// A connection that is called may serve further requests and come back with them.
void worker_context::flush_all() {
  std::vector<connection*> batch = std::exchange(flushing_, {});
  batch.swap(flush_);
  leaving_ = true;
  for (connection* const c : batch) c->flush_batched();
  leaving_ = false;
  batch.clear();
  flushing_ = std::move(batch);
  note_written();
}

void worker_context::log_access(std::string& lines, std::chrono::steady_clock::time_point began, bool cut) {
  constexpr std::size_t many = 32 * 1024;
  if (access_lines_.capacity() < many) access_lines_.reserve(many + many / 4);
  const auto took = std::chrono::steady_clock::now() - began;
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    access_lines_ += rest.substr(0, end);
    // As it was begun: a reload may have come between.
    const auto format = rest.front() == '{' ? access_log_format::json : access_log_format::combined;
    http::finish_access_line(access_lines_, format, took, cut);
    ++access_count_;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  lines.clear();
  if (access_lines_.size() >= many) hand_over_access();
}

void worker_context::hand_over_access() {
  if (access_count_ == 0) return;
  const std::size_t count = std::exchange(access_count_, 0);
  const bool taken = server_.access.take(std::exchange(access_lines_, {}), count);
  (taken ? counters_.log_lines : counters_.log_dropped).add(count);
}

std::chrono::steady_clock::time_point worker_context::batch_time() {
  if (batch_time_ == std::chrono::steady_clock::time_point{}) {
    batch_time_ = std::chrono::steady_clock::now();
    post_end_of_batch();
  }
  return batch_time_;
}

void worker_context::written(std::chrono::steady_clock::time_point began, std::uint32_t answers) {
  if (!written_.empty() && written_.back().began == began) {
    written_.back().count += answers;  // of one batch, as most are
  } else {
    written_.push_back({began, answers});
  }
  if (!leaving_) note_written();
}

void worker_context::note_written() {
  if (written_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  for (const written_answers& each : written_) counters_.latency.add(now - each.began, each.count);
  written_.clear();
}

void worker_context::drain(fsm::drain_manner manner, std::function<void()> empty) {
  if (!ticking_) wheel_.advance(std::chrono::steady_clock::now() - stalled_);
  drain_began_ = wheel_.now();
  background_.pause();
  reception_.hasten(settings_.values.drain.fresh);
  registry_.drain(manner, std::move(empty));
  drain_on();
}

void worker_context::drain_on() {
  constexpr std::size_t at_once = 256;
  if (registry_.drain_some(at_once)) boost::asio::post(io_, [this] { drain_on(); });
}

void worker_context::undrain() {
  registry_.undrain();
  background_.resume();
}

void worker_context::close_all() {
  registry_.close_all();
  reception_.close_all();
  background_.cancel();
}

}  // namespace baton::session
