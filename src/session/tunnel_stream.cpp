#include "session/tunnel_stream.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "session/worker_context.hpp"

namespace baton::session {

using kind = net::io_result::kind;

tunnel_stream::tunnel_stream(connection& c) noexcept : connection_{c} {
  c.drain_watcher_ = this;
}

tunnel_stream::~tunnel_stream() {
  connection_.drain_watcher_ = nullptr;
}

net::io_result tunnel_stream::try_read(connection& c, std::span<char> into) noexcept {
  input_buffer& in = c.work_->in;
  if (in.empty()) return c.transport_->try_read(into);
  const std::size_t count = std::min(into.size(), in.bytes().size());
  std::copy_n(in.bytes().data(), count, into.data());
  in.consume(count);
  return {kind::bytes, count};
}

net::io_result tunnel_stream::try_write(connection& c, std::string_view first, std::string_view second) noexcept {
  const net::io_result wrote = c.transport_->try_write(first, second);
  c.written_ += wrote.count;
  c.worker_.counters().bytes_out.add(wrote.count);
  return wrote;
}

void tunnel_stream::write_waits(connection& c, bool progress) {
  if (progress || !c.writing_) c.arm_write_deadline(c.worker_.settings().timeouts.write);
  c.writing_ = true;
}

bool tunnel_stream::write_waited(connection& c) noexcept {
  c.writing_ = false;
  c.worker_.wheel().disarm(c);
  if (!std::exchange(c.timed_out_, false)) return true;
  c.worker_.counters().timed_out(counted_timeout::write);
  c.peer_gone_ = true;
  return false;
}

void tunnel_stream::cut(connection& c) {
  c.peer_gone_ = true;
  c.obey(c.fsm_.abort());
  c.publish_state();
}

void tunnel_stream::drain_began() {
  if (timer_) timer_->cancel();
}

bool tunnel_stream::draining() const noexcept {
  return connection_.fsm_.draining();
}

task<bool> tunnel_stream::wait(std::chrono::milliseconds time) {
  using boost::asio::experimental::awaitable_operators::operator||;
  if (!timer_) timer_.emplace(connection_.worker_.io());
  timer_->expires_after(time);
  for (;;) {
    // Tried first, since TLS may have decrypted what wakes nobody any more.
    input_buffer& in = connection_.work_->in;
    if (!in.empty()) co_return true;
    const net::io_result got = connection_.transport_->try_read(in.prepare());
    if (got.what == kind::bytes) in.commit(got.count);
    if (got.what != kind::would_block) co_return true;
    boost::system::error_code unreadable;
    boost::system::error_code woken;
    auto readable = connection_.transport_->async_wait_readable(
        boost::asio::redirect_error(boost::asio::use_awaitable, unreadable));
    auto over = timer_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    auto first = std::move(readable) || std::move(over);
    const auto which = co_await std::move(first);
    if (connection_.fsm_.closed()) throw boost::system::system_error{boost::asio::error::operation_aborted};
    if (which.index() != 0 || unreadable) co_return false;
  }
}

task<std::string_view> tunnel_stream::read() {
  input_buffer& in = connection_.work_->in;
  while (in.empty()) {
    const net::io_result got = connection_.transport_->try_read(in.prepare());
    if (got.what == kind::bytes) {
      in.commit(got.count);
      break;
    }
    if (got.what == kind::end_of_file) co_return std::string_view{};
    if (got.what == kind::failed) throw boost::system::system_error{boost::asio::error::connection_reset};
    boost::system::error_code error;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
    co_await connection_.transport_->async_wait_readable(token);
    if (connection_.fsm_.closed() || error) throw boost::system::system_error{boost::asio::error::operation_aborted};
  }
  const std::string_view bytes = in.bytes();
  in.consume(bytes.size());
  co_return bytes;
}

task<void> tunnel_stream::write(std::string_view data) {
  if (connection_.fsm_.closed()) throw boost::system::system_error{boost::asio::error::operation_aborted};
  connection_.work_->out += data;
  co_await connection_.flush_stream();
}

}  // namespace baton::session
