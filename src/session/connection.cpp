#include "session/connection.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/error.hpp>

#include "base/log.hpp"
#include "http/request_access.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using fsm::connection_action;
using fsm::connection_phase;
using std::chrono::milliseconds;

namespace {

// After this long without a request a connection gives its buffers back.
constexpr milliseconds park_after{2'000};
// A connection that was answered this short a time ago is not closed by a drain: the client's next
// request may be on its way, and would be lost.
constexpr milliseconds settle_time{250};

}  // namespace

connection::connection(worker_context& worker, os::unique_fd socket, int family, connection_origin from)
    : worker_{worker},
      accepted_at_{worker.wheel().now()},
      from_{std::move(from)},
      transport_{std::in_place, worker.io(), std::move(socket), family},
      fsm_{worker.settings().limits.requests},
      phase_since_{accepted_at_} {}

connection::~connection() {
  if (work_) worker_.workspaces().give(std::move(work_));
  if (departed_) return;
  worker_.counters().closed.add();
  worker_.server().budget.leave(from_.peer);
}

connection_summary connection::summary() const {
  const auto age = worker_.wheel().now() - accepted_at_;
  return {from_.info, state_, std::chrono::duration_cast<milliseconds>(age), fsm_.requests()};
}

void connection::drop_hold() noexcept {
  if (--holds_ != 0) return;
  if (fsm_.closed()) {
    worker_.registry().leave(*this);
  } else if (departing_) {
    leave_for_successor();
  }
}

workspace& connection::work() {
  if (!work_) work_ = worker_.workspaces().take();
  return *work_;
}

void connection::start(fsm::drain_manner manner) {
  const hold keep{*this};
  if (worker_.server().state_hook) worker_.server().state_hook(info(), connection_state::fresh);
  if (from_.refused && from_.info.secure) {  // an answer would cost more than the connection
    obey(fsm_.abort());
    return publish_state();
  }
  if (from_.refused) {
    worker_.counters().refused.add();
    refuse(status::service_unavailable, "too many connections");
    return publish_state();
  }
  if (from_.info.secure) {
    await_hello();
  } else {
    arrive();
  }
  if (manner != fsm::drain_manner::none) drain(manner);
}

void connection::arm_read() {
  struct completion {
    connection* self;
    using allocator_type = handler_allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{self->read_memory_}; }
    void operator()(const boost::system::error_code& error, std::size_t count) const { self->on_read(error, count); }
  };
  reading_ = true;
  ++holds_;
  transport_->async_read(work().in.prepare(), completion{this});
}

void connection::on_read(const boost::system::error_code& error, std::size_t count) {
  const hold keep{*this};
  --holds_;
  reading_ = false;
  if (fsm_.closed()) return;
  if (fsm_.phase() == connection_phase::lingering) return wait_lingering();
  if (error == boost::asio::error::operation_aborted) {
    if (!departs()) park();
    return;
  }
  departing_ = false;
  if (error) {
    const bool ended = error == boost::asio::error::eof;
    if (ended && fsm_.silent()) transport_->answer_farewell();
    obey(ended ? fsm_.end_of_file() : fsm_.abort());
    return publish_state();
  }
  part_awaited_ = false;
  work_->in.commit(count);
  if (!work_->in.full()) dry_turn_ = worker_.turn();
  worker_.counters().bytes_in.add(count);
  if (only_empty_lines()) return await_bytes();
  fsm_.bytes_received();
  publish_state();
  if (fsm_.phase() == connection_phase::head) serve();  // else too late: the head's refusal waits to leave
}

// RFC 9112 section 2.2: some clients send an empty line behind a request's body. It begins no head, and
// neither does the first half of one.
bool connection::only_empty_lines() noexcept {
  input_buffer& in = work_->in;
  if (!fsm_.silent() || in.bytes().front() > '\r') return false;  // nearly always
  if (in.bytes().find_first_not_of("\r\n") != std::string_view::npos) return false;
  while (in.bytes().starts_with("\r\n")) in.consume(2);
  return in.empty() || in.bytes() == "\r";
}

// The read has been cancelled, because the connection has been silent for a while.
void connection::park() {
  if (!fsm_.silent() || (work_ && !work_->in.empty())) {
    if (fsm_.silent() || fsm_.phase() == connection_phase::head) arm_read();
    return;
  }
  struct completion {
    connection* self;
    using allocator_type = handler_allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{self->read_memory_}; }
    void operator()(const boost::system::error_code& error) const { self->on_readable(error); }
  };
  if (work_) worker_.workspaces().give(std::move(work_));
  reading_ = true;
  ++holds_;
  transport_->async_wait_readable(completion{this});
}

// Where many connections wait with a workspace each, a further one waits without, at once: it costs an epoll_ctl a
// request instead of an attempt to read, and keeps both memory and cache for those that are served.
bool connection::waits_bare() const noexcept {
  if (!worker_.workspaces().scarce() || !fsm_.silent()) return false;
  if (work_ && !work_->in.empty()) return false;
  return transport_->tls() == nullptr || !transport_->tls()->pending();
}

void connection::on_readable(const boost::system::error_code& error) {
  const hold keep{*this};
  --holds_;
  reading_ = false;
  if (fsm_.closed()) return;
  if (fsm_.phase() == connection_phase::lingering) return wait_lingering();
  if (error == boost::asio::error::operation_aborted) {
    if (!departs()) park();
    return;
  }
  if (error) {
    obey(fsm_.abort());
    return publish_state();
  }
  departing_ = false;
  read_now();
}

void connection::serve() {
  try {
    while (read_head() && begin_exchange() && next_exchange()) {
    }
  } catch (const std::exception& error) {
    out_of_memory(error);
  }
  publish_state();
}

// Nothing else throws here.
void connection::out_of_memory(const std::exception& error) noexcept {
  log::error("{}: the connection is closed: {}", info().peer(), error.what());
  obey(fsm_.abort());
}

// A head is parsed from its first byte each time, so only when a line has ended or a limit is passed.
bool connection::worth_parsing(std::string_view bytes) noexcept {
  const limit_options& limits = worker_.settings().limits;
  const std::size_t before = std::min(parsed_, bytes.size());
  parsed_ = bytes.size();
  if (before == 0 || bytes.size() > limits.head) return true;
  if (before <= limits.target && bytes.size() > limits.target) return true;
  return std::memchr(bytes.data() + before, '\n', bytes.size() - before) != nullptr;
}

bool connection::parse_next_head(http::head_result& result) {
  workspace& w = work();
  const limit_options& limits = worker_.settings().limits;
  const http::head_limits bounds{limits.head, limits.fields, limits.target};
  const auto parse = [&] {
    http::request_access::clear(w.request);
    w.head = {};
    result = http::parse_head(w.in.bytes(), bounds, w.request, w.head);
  };
  parse();
  if (result.outcome != http::head_outcome::complete) return false;
  if (w.head.framing != http::body_framing::none) {
    const std::size_t buffered = w.in.bytes().size() - result.consumed;
    const bool whole = w.head.framing == http::body_framing::length && w.head.length <= buffered;
    // What is not written to takes no memory yet.
    constexpr std::size_t least = 16 * 1024;
    constexpr std::size_t most = 64 * 1024;
    const bool known = w.head.framing == http::body_framing::length;
    const auto room = known ? static_cast<std::size_t>(std::clamp<std::uint64_t>(w.head.length, least, most)) : least;
    if (!whole && w.in.reserve_behind(result.consumed, room)) parse();
  }
  w.in.consume(result.consumed);
  w.in.pin();
  parsed_ = 0;
  return true;
}

bool connection::read_head() {
  if (head_ready_) {
    head_ready_ = false;
    return true;
  }
  const bool first = parsed_ == 0;
  http::head_result result;
  if (worth_parsing(work_->in.bytes()) && parse_next_head(result)) return true;
  if (result.outcome == http::head_outcome::refused) {
    refuse(result.refusal, result.reason);
    return false;
  }
  if (first) {
    phase_since_ = worker_.wheel().now();
    arm_phase_deadline();
  }
  await_bytes();
  return false;
}

void connection::await_request() {
  phase_since_ = worker_.wheel().now();
  if (departs()) return;
  arm_phase_deadline();
  if (reading_) return;
  ++holds_;
  worker_.rearm_later(*this);
}

void connection::rearm() {
  const hold keep{*this};
  --holds_;
  if (!fsm_.silent() || reading_) return;
  if (fsm_.phase() == connection_phase::idle) return await_bytes();
  // A new connection's request is mostly here already: one that closes after its answer is never in epoll.
  if (!departs()) read_now();
}

// Where bytes are likely to be here.
void connection::read_now() {
  if (transport_->tls() != nullptr) return arm_read();
  try {
    const net::io_result got = transport_->try_read(work().in.prepare());
    if (got.what == net::io_result::kind::would_block) return await_bytes();
    boost::system::error_code error;
    if (got.what == net::io_result::kind::end_of_file) error = boost::asio::error::eof;
    if (got.what == net::io_result::kind::failed) error = boost::asio::error::connection_reset;
    reading_ = true;
    ++holds_;
    on_read(error, got.count);
  } catch (const std::exception& error) {
    out_of_memory(error);
    publish_state();
  }
}

// What is left of a time-out that has run since this phase began, in this process or the one before; zero
// if there is none.
milliseconds connection::left_of(milliseconds total) const noexcept {
  if (total.count() == 0) return total;
  const auto passed = std::chrono::duration_cast<milliseconds>(worker_.wheel().now() - phase_since_);
  return std::max(total - passed, milliseconds{1});
}

milliseconds connection::idle_time() const noexcept {
  const fsm::drain_manner manner = fsm_.manner();
  if (manner == fsm::drain_manner::none || manner == fsm::drain_manner::transfer_idle) {
    return left_of(worker_.settings().timeouts.idle);
  }
  const bool lingers = manner == fsm::drain_manner::linger_idle;
  const net::wheel_time until = lingers ? worker_.linger_until() : phase_since_ + settle_time;
  return std::max(std::chrono::duration_cast<milliseconds>(until - worker_.wheel().now()), milliseconds{1});
}

void connection::arm_parking(milliseconds total) {
  parking_ = !fsm_.draining() && (total.count() == 0 || total > park_after);
  if (!parking_ && total.count() == 0) return worker_.wheel().disarm(*this);
  worker_.wheel().arm(*this, parking_ ? park_after : total);
}

void connection::arm_phase_deadline() {
  const timeout_options& timeouts = worker_.settings().timeouts;
  milliseconds delay{0};
  switch (fsm_.deadline()) {
    case fsm::connection_deadline::handshake:
      delay = left_of(worker_.settings().tls.handshake_timeout);
      break;
    case fsm::connection_deadline::idle:
      return arm_parking(idle_time());
    case fsm::connection_deadline::head:
      delay = left_of(timeouts.head);
      if (fsm_.phase() == connection_phase::fresh) return arm_parking(delay);
      break;
    case fsm::connection_deadline::body:
      return arm_body_deadline();
    case fsm::connection_deadline::write:
      return arm_write_deadline(timeouts.write);
    case fsm::connection_deadline::linger:
      delay = timeouts.linger_close;
      break;
    case fsm::connection_deadline::none:
      break;
  }
  parking_ = false;
  if (delay.count() == 0) return worker_.wheel().disarm(*this);
  worker_.wheel().arm(*this, delay);
}

void connection::on_deadline() {
  const hold keep{*this};
  if (writing_ && client_reads_on()) return arm_write_deadline(worker_.settings().timeouts.write);
  if (exchanging_) {  // its wait ends, and it finds out why
    timed_out_ = true;
    return transport_->cancel();
  }
  if (parking_) {
    parking_ = false;
    const bool fresh = fsm_.phase() == connection_phase::fresh;
    const milliseconds rest = fresh ? left_of(worker_.settings().timeouts.head) : idle_time();
    if (rest.count() != 0) worker_.wheel().arm(*this, rest);
    if (work_) transport_->cancel();
    return;
  }
  try {
    note_timeout();
    obey(fsm_.deadline_passed());
  } catch (const std::exception& error) {
    out_of_memory(error);
  }
  publish_state();
}

void connection::obey(connection_action action) {
  switch (action) {
    case connection_action::answer:
      queue_refusal(static_cast<status>(fsm_.refusal()),
                    fsm_.refusal() == 408 ? "the request did not come in time" : "the request was cut short");
      flush();
      return;
    case connection_action::probe:
      return probe();
    case connection_action::depart:
      static_cast<void>(departs());
      return;
    case connection_action::linger:
      return linger();
    case connection_action::close:
      return close_now();
    default:
      return;  // the others are obeyed where they arise
  }
}

// With bytes in the kernel's buffer the read that is under way will fetch them; nothing is lost.
void connection::probe() {
  const bool found = transport_->peek().what == net::io_result::kind::bytes;
  const bool secure = transport_->tls() != nullptr;
  if (secure && !found && transport_->tls()->partial() && !std::exchange(part_awaited_, true)) {
    // Half a record is like half a head: its rest has that long to come.
    parking_ = false;
    return worker_.wheel().arm(*this, worker_.settings().timeouts.head);
  }
  obey(fsm_.probed(found, secure));
}

void connection::drain(fsm::drain_manner asked) {
  const hold keep{*this};
  const fsm::drain_manner manner = own_manner(asked);
  const milliseconds grace = worker_.settings().drain.fresh;
  const net::wheel_time now = worker_.wheel().now();
  const auto age = std::chrono::duration_cast<milliseconds>(now - accepted_at_);
  const bool fresh = fsm_.phase() == connection_phase::fresh;
  obey(fsm_.drain(manner, fresh ? age >= grace : now - phase_since_ >= settle_time));
  if (departing_) return;
  if (part_awaited_) {
    // The probe has given the rest of a record its time.
  } else if (fsm_.phase() == connection_phase::handshake) {
    parking_ = false;
    worker_.wheel().arm(*this, std::max(grace - age, milliseconds{1}));
  } else if (fsm_.phase() == connection_phase::fresh) {
    // Then it counts as idle, and is closed at once or lingers like the others.
    milliseconds patience = std::max(grace - age, milliseconds{1});
    if (manner == fsm::drain_manner::linger_idle) patience = std::max(patience, idle_time());
    parking_ = false;
    worker_.wheel().arm(*this, patience);
  } else if (fsm_.phase() == connection_phase::idle) {
    arm_phase_deadline();
  }
  publish_state();
  if (drain_watcher_ != nullptr) drain_watcher_->drain_began();
}

void connection::undrain() {
  const hold keep{*this};
  fsm_.undrain();
  departing_ = false;  // a read that was cancelled for it comes back, and goes on
  part_awaited_ = false;
  const connection_phase now = fsm_.phase();
  if (fsm_.silent() || now == connection_phase::head || now == connection_phase::handshake) arm_phase_deadline();
}

void connection::close() {
  const hold keep{*this};
  obey(fsm_.abort());
  publish_state();
}

void connection::close_now() noexcept {
  note_end();
  worker_.wheel().disarm(*this);
  end_turn();
  transport_->close();
  interrupt();
}

// Whatever the coroutine waits for ends with operation_aborted.
void connection::interrupt() {
  if (exchanging_ && cancel_) cancel_->emit(boost::asio::cancellation_type::terminal);
}

void connection::publish_state() {
  publish(fsm_.state());
}

void connection::publish(connection_state now) {
  if (now == state_) return;
  worker_.registry().state_changed(state_, now);
  state_ = now;
  if (worker_.server().state_hook) worker_.server().state_hook(info(), now);
}

}  // namespace baton::session
