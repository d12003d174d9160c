// Flushing, what comes after an answer, lingering close and tunnels.
#include "session/connection.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "http/error_response.hpp"
#include "http/serialiser.hpp"
#include "http/syntax.hpp"
#include "session/tunnel_stream.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using fsm::connection_action;
using kind = net::io_result::kind;

namespace {

// After so much in one go, to a client that takes it as fast, the other connections have their turn; as with files.
constexpr std::size_t write_turn = 1024 * 1024;

// Upgrade is a list, over several lines perhaps (RFC 9110 section 7.8).
bool asks_for(const request& req, std::string_view protocol) noexcept {
  for (const field_line& line : req.fields()) {
    std::string_view list = line.id == field::upgrade ? line.value : std::string_view{};
    while (!list.empty()) {
      if (http::iequals(http::take_element(list), protocol)) return true;
    }
  }
  return false;
}

}  // namespace

// Writes as much as the kernel takes: `bytes` when nothing is left.
kind connection::write_pending() {
  for (;;) {
    if (const kind wrote = write_out(); wrote != kind::bytes || !work_->file) return wrote;
    const net::io_result sent = work_->file.send(*transport_, work_->out);
    written_ += sent.count;
    worker_.counters().bytes_out.add(sent.count);
    if (sent.what == kind::end_of_file) {
      log::error("{}: a file has become shorter while it was being sent; the connection is closed", info().peer());
    }
    if (sent.what != kind::bytes) return sent.what;
  }
}

kind connection::write_out() {
  workspace& w = *work_;
  const std::size_t total = w.out.size() + w.large.size();
  const bool more = static_cast<bool>(w.file);  // its bytes follow: one packet, and one wake-up of the client, less
  std::size_t at_once = 0;
  while (sent_ < total) {
    if (at_once >= write_turn) return kind::would_block;
    const std::string_view first = sent_ < w.out.size() ? std::string_view{w.out}.substr(sent_) : std::string_view{};
    const std::string_view second = w.large.substr(sent_ > w.out.size() ? sent_ - w.out.size() : std::size_t{0});
    const net::io_result wrote =
        first.empty() ? transport_->try_write(second, {}, more) : transport_->try_write(first, second, more);
    if (wrote.what != kind::bytes) return wrote.what;
    sent_ += wrote.count;
    at_once += wrote.count;
    worker_.counters().bytes_out.add(wrote.count);
    written_ += wrote.count;
  }
  sent_ = 0;
  w.out.clear();
  w.large = {};
  w.large_body = {};
  w.large_file.reset();
  return kind::bytes;
}

// True: everything has left and the next request is here.
bool connection::flush() {
  if (fsm_.closed()) return false;
  const std::uint64_t before = written_;
  switch (write_pending()) {
    case kind::bytes:
      return flushed();
    case kind::would_block:
      if (written_ != before || !writing_) arm_phase_deadline();
      writing_ = true;
      ++holds_;
      transport_->async_wait_writable([this](const boost::system::error_code& error) { on_writable(error); });
      return false;
    default:
      obey(fsm_.abort());
      return false;
  }
}

void connection::flush_batched() {
  const hold keep{*this};
  --holds_;
  if (flush()) serve();
  publish_state();
}

void connection::on_writable(const boost::system::error_code& error) {
  const hold keep{*this};
  --holds_;
  if (fsm_.closed()) return;
  if (error) {
    obey(fsm_.abort());
  } else if (flush()) {
    serve();
  }
  publish_state();
}

bool connection::flushed() {
  workspace& w = *work_;
  writing_ = false;
  note_written();
  // Quiet: the client wanted the close and has sent nothing since, so that closing resets nothing. What a read of
  // this same turn has found need not be looked for again. With TLS the peer has to get the farewell.
  const bool quiet = fsm_.closing() && quiet_close_ && w.in.empty() && !reading_ && transport_->tls() == nullptr &&
                     (dry_turn_ == worker_.turn() || transport_->peek().what != kind::bytes);
  const connection_action action = fsm_.flushed(quiet);
  switch (action) {
    case connection_action::resume:
      return resume();
    case connection_action::discard:
      drop_route();
      return discard_body();
    case connection_action::tunnel:
      spawn(run_tunnel());
      return false;
    default:
      drop_route();
      obey(action);
      return false;
  }
}

// Idle by the state machine: is a next request here?
bool connection::resume() {
  workspace& w = *work_;
  if (!head_ready_) {
    w.in.unpin();
    drop_route();
    if (w.in.empty() || only_empty_lines()) {
      await_request();
      return false;
    }
  }
  fsm_.bytes_received();
  return true;
}

void connection::arm_write_deadline(std::chrono::milliseconds patience) {
  parking_ = false;
  if (patience.count() == 0) return worker_.wheel().disarm(*this);
  unacknowledged_ = transport_->unacknowledged();
  worker_.wheel().arm(*this, patience);
}

// The kernel takes more only when a good part of what it has is gone: with a large buffer and a slow line that can take
// longer than the time-out although the client reads all the time.
bool connection::client_reads_on() {
  return transport_->unacknowledged() < unacknowledged_;
}

task<void> connection::flush_stream() {
  for (;;) {
    if (fsm_.closed()) {
      peer_gone_ = true;
      throw boost::system::system_error{boost::asio::error::operation_aborted};
    }
    const std::uint64_t before = written_;
    const kind wrote = write_pending();
    if (wrote == kind::bytes && written_ - work_->turn_began < write_turn) co_return;
    if (wrote == kind::bytes) {
      co_await give_way();
      co_return;
    }
    if (wrote != kind::would_block) {
      peer_gone_ = true;
      throw boost::system::system_error{boost::asio::error::broken_pipe};
    }
    if (written_ != before || !writing_) arm_write_deadline(worker_.settings().timeouts.write);
    writing_ = true;
    work_->turn_began = written_;
    boost::system::error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await transport_->async_wait_writable(token);
    writing_ = false;
    worker_.wheel().disarm(*this);
    if (std::exchange(timed_out_, false)) {
      worker_.counters().timed_out(counted_timeout::write);
      peer_gone_ = true;
      throw boost::system::system_error{boost::asio::error::timed_out};
    }
    if (fsm_.closed() || error) throw boost::system::system_error{boost::asio::error::operation_aborted};
  }
}

// Half-closes and drops what comes until the peer has seen the end: a reset would take an answer that
// it has not read yet.
void connection::linger() {
  if (worker_.settings().timeouts.linger_close.count() == 0) return obey(fsm_.abort());
  transport_->shutdown_write();
  arm_phase_deadline();
  if (!reading_) wait_lingering();
}

void connection::wait_lingering() {
  reading_ = true;
  ++holds_;
  transport_->async_wait_readable([this](const boost::system::error_code& error) { on_lingering(error); });
}

void connection::on_lingering(const boost::system::error_code& error) {
  const hold keep{*this};
  --holds_;
  reading_ = false;
  if (fsm_.closed()) return;
  constexpr int reads_at_once = 16;  // then the other connections have their turn
  net::io_result got;
  for (int i = 0; !error && i < reads_at_once; ++i) {
    got = transport_->try_read(worker_.scratch());
    if (got.what != kind::bytes) break;
  }
  if (error || got.what == kind::end_of_file || got.what == kind::failed) {
    obey(fsm_.end_of_file());
    return publish_state();
  }
  wait_lingering();
}

// False: the client did not ask for it; `answer` now says so.
bool connection::open_tunnel(response& answer) {
  workspace& w = *work_;
  const auto offered = answer.get("Upgrade");
  const bool agreed = w.head.wants_upgrade && offered && asks_for(w.request, *offered);
  if (!agreed || !w.body.complete()) {
    answer.status(status::upgrade_required);
    return false;
  }
  http::append_upgrade_head(w.out, answer, context_of_head(false));
  tunnel_ = std::make_unique<response::tunnel>(answer.upgrade_body());
  worker_.counters().upgraded.add();
  note_answer(counted(w.request.method()), status::switching_protocols, 0);
  fsm_.answered_upgrade();
  return true;
}

task<void> connection::run_tunnel() {
  publish_state();
  work_->in.unpin();  // the request is over; what it took may make room
  std::exception_ptr error;
  tunnel_stream stream{*this};
  try {
    co_await (*tunnel_)(stream);
  } catch (...) {
    error = std::current_exception();
  }
  if (error != nullptr && !fsm_.closed()) static_cast<void>(http::error_response(error, work_->request));
  if (fsm_.closed()) co_return;
  exchanging_ = false;  // as in `send`
  obey(fsm_.end_of_tunnel());
}

}  // namespace baton::session
