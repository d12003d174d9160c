// Request bodies: collected for handlers that want the whole, discarded where nobody read them,
// streamed to handlers that read piece by piece.
#include "session/connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/request_access.hpp"
#include "http/serialiser.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using outcome = body_reader::outcome;
using http::request_access;

namespace {

// What is left of a body that nobody read is read and dropped up to this size, to keep the connection.
constexpr std::uint64_t discard_limit = 256 * 1024;
// After so many bytes of a body that is there as fast as it is read, the other connections have their turn. A piece
// takes as much time as so many bytes, however small it is.
constexpr std::size_t read_turn = 256 * 1024;
constexpr std::size_t least_piece = 256;

}  // namespace

connection::collected connection::collect_buffered() {
  workspace& w = *work_;
  for (;;) {
    const body_reader::step step = w.body.next(w.in.bytes());
    w.in.consume(step.consumed);
    switch (step.what) {
      case outcome::data:
        if (w.body.has_length() && w.body.complete() && w.collected.empty()) {
          request_access::body(w.request) = step.data;  // whole and in place
          return collected::all;
        }
        w.collected.append(step.data);
        break;
      case outcome::need_more:
        return collected::partly;
      case outcome::complete:
        request_access::body(w.request) = w.collected.bytes();
        take_trailers();
        return collected::all;
      case outcome::refused:
        return collected::refused;
    }
  }
}

void connection::take_trailers() {
  workspace& w = *work_;
  request_access::trailers(w.request) = w.body.trailers();
}

void connection::continue_if_awaited() {
  if (!continue_awaited_) return;
  continue_awaited_ = false;
  work_->out += http::continue_head;
  // What does not leave now leaves with the answer; the buffers were empty, so that it hardly happens.
  static_cast<void>(write_pending());
}

void connection::arm_body_deadline() {
  const auto patience = work_->body.patience();
  parking_ = false;
  wait_began_ = worker_.wheel().now();
  if (patience.count() == 0) return worker_.wheel().disarm(*this);
  worker_.wheel().arm(*this, patience);
}

void connection::count_body_wait() noexcept {
  work_->body.waited(std::chrono::duration_cast<std::chrono::milliseconds>(worker_.wheel().now() - wait_began_));
}

// Room for the next bytes of a body that is collected or discarded. One of known length that is
// collected is read straight to its place.
std::span<char> connection::body_room(bool direct) {
  workspace& w = *work_;
  return direct ? w.collected.room(static_cast<std::size_t>(w.body.remaining())) : w.in.prepare();
}

void connection::read_body() {
  struct completion {
    connection* self;
    bool direct;
    using allocator_type = handler_allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{self->read_memory_}; }
    void operator()(const boost::system::error_code& error, std::size_t count) const {
      workspace& w = *self->work_;
      self->worker_.counters().bytes_in.add(count);
      if (direct) {
        w.collected.commit(count);
        w.body.took(count);
      } else {
        w.in.commit(count);
      }
      self->on_body(error);
    }
  };
  const bool direct = fsm_.phase() == fsm::connection_phase::body && work_->body.has_length();
  const std::span<char> room = body_room(direct);
  arm_body_deadline();
  reading_ = true;
  ++holds_;
  transport_->async_read(room, completion{this, direct});
}

void connection::on_body(const boost::system::error_code& error) {
  const hold keep{*this};
  --holds_;
  reading_ = false;
  if (fsm_.closed()) return;
  if (fsm_.phase() == fsm::connection_phase::lingering) return wait_lingering();
  if (fsm_.phase() == fsm::connection_phase::answering) return;  // too late: the body's refusal waits to leave
  try {
    take_body(error);
  } catch (const std::exception& failed) {
    out_of_memory(failed);
  }
  publish_state();
}

void connection::take_body(const boost::system::error_code& error) {
  if (error == boost::asio::error::operation_aborted) return;
  if (error) return obey(error == boost::asio::error::eof ? fsm_.end_of_file() : fsm_.abort());
  count_body_wait();
  if (work_->body.too_slow()) return obey(fsm_.deadline_passed());
  if (fsm_.phase() == fsm::connection_phase::discarding) {
    if (discard_body()) serve();
    return;
  }
  switch (collect_buffered()) {
    case collected::all:
      fsm_.body_complete();
      if (call_route() && next_exchange()) serve();
      break;
    case collected::partly:
      read_body();
      break;
    case collected::refused:
      refuse(work_->body.refusal(), work_->body.reason());
      break;
  }
}

bool connection::body_discardable() const noexcept {
  const body_reader& body = work_->body;
  if (continue_awaited_ || body_withheld_ || body.failed()) return false;
  return body.has_length() ? body.remaining() <= discard_limit : body.received() <= discard_limit;
}

// The answer has left before the body was read. True: the rest has been dropped and a next request is
// here.
bool connection::discard_body() {
  workspace& w = *work_;
  for (;;) {
    const body_reader::step step = w.body.next(w.in.bytes());
    w.in.consume(step.consumed);
    switch (step.what) {
      case outcome::data:
        if (w.body.has_length() || w.body.received() <= 2 * discard_limit) continue;
        obey(fsm_.refused());
        return false;
      case outcome::need_more:
        read_body();
        return false;
      case outcome::complete:
        fsm_.body_complete();
        return resume();
      case outcome::refused:
        obey(fsm_.refused());
        return false;
    }
  }
}

task<std::string_view> connection::read_piece() {
  for (;;) {
    workspace& w = *work_;
    const body_reader::step step = w.body.next(w.in.bytes());
    w.in.consume(step.consumed);
    switch (step.what) {
      case outcome::data:
        w.read_at_once += std::max(step.data.size(), least_piece);
        if (w.read_at_once >= read_turn) co_await give_way();
        co_return step.data;
      case outcome::complete:
        take_trailers();
        co_return std::string_view{};
      case outcome::refused: {
        http_error refusal{w.body.refusal(), "bad_body", "the request's body was refused"};
        refusal.detail(std::string{w.body.reason()});
        throw refusal;
      }
      case outcome::need_more:
        co_await wait_for_body();
        break;
    }
  }
}

// For a coroutine that never has to wait, because its client is as fast as it is: lets the loop come round.
task<void> connection::give_way() {
  work_->read_at_once = 0;
  work_->turn_began = written_;
  const auto executor = worker_.io().get_executor();
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
  if (fsm_.closed()) throw boost::system::system_error{boost::asio::error::operation_aborted};
}

task<void> connection::wait_for_body() {
  if (fsm_.closed()) throw boost::system::system_error{boost::asio::error::operation_aborted};
  workspace& w = *work_;
  continue_if_awaited();
  for (;;) {
    const std::span<char> room = w.in.prepare();
    const net::io_result got = transport_->try_read(room);
    if (got.what == net::io_result::kind::bytes) {
      w.in.commit(got.count);
      worker_.counters().bytes_in.add(got.count);
      co_return;
    }
    if (got.what != net::io_result::kind::would_block) {
      w.body.fail();
      throw http_error{status::bad_request, "bad_body", "the connection ended in the middle of the body"};
    }
    arm_body_deadline();
    w.read_at_once = 0;
    boost::system::error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await transport_->async_wait_readable(token);
    worker_.wheel().disarm(*this);
    count_body_wait();
    if (std::exchange(timed_out_, false) || w.body.too_slow()) {
      worker_.counters().timed_out(counted_timeout::body);
      w.body.fail();
      throw http_error{status::request_timeout, "slow_body", "the body came too slowly"};
    }
    if (fsm_.closed() || error) throw boost::system::system_error{boost::asio::error::operation_aborted};
  }
}

}  // namespace baton::session
