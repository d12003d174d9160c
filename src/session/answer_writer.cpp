#include "session/answer_writer.hpp"

#include <new>
#include <stdexcept>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/field_rules.hpp"
#include "http/syntax.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using http::answer_framing;

namespace {

// RFC 9110 section 10.1.4: without it a client may drop them, or not even be able to read them.
bool takes_trailers(const request& req) noexcept {
  if (req.version() == 10) return false;
  for (const field_line& line : req.fields()) {
    std::string_view list = line.id == field::te ? line.value : std::string_view{};
    while (!list.empty()) {
      if (http::iequals(http::take_element(list), "trailers")) return true;
    }
  }
  return false;
}

}  // namespace

answer_writer::answer_writer(connection& c, response& answer, bool bodyless) noexcept
    : connection_{c}, answer_{answer}, bodyless_{bodyless}, takes_trailers_{takes_trailers(c.work_->request)} {
  c.drain_watcher_ = this;
}

answer_writer::~answer_writer() {
  connection_.drain_watcher_ = nullptr;
}

bool answer_writer::draining() const noexcept {
  return connection_.fsm_.draining();
}

void answer_writer::drain_began() {
  if (waiting_) return wake();
  if (cancels_on_drain_) connection_.interrupt();
}

void answer_writer::wake() noexcept {
  if (waiting_) timer_->cancel();
}

task<bool> answer_writer::wait(std::chrono::milliseconds time) {
  if (connection_.fsm_.closed()) throw boost::system::system_error{boost::asio::error::operation_aborted};
  if (draining()) co_return false;
  if (!timer_) timer_.emplace(connection_.worker_.io());
  timer_->expires_after(time);
  waiting_ = true;
  boost::system::error_code error;  // how it was woken does not matter
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  co_await timer_->async_wait(token);
  waiting_ = false;
  if (connection_.fsm_.closed()) throw boost::system::system_error{boost::asio::error::operation_aborted};
  co_return !draining();
}

bool answer_writer::trailer(std::string_view name, std::string_view value) {
  http::check_trailer(name, value);
  const bool chunked = begun_ ? framing_ == answer_framing::chunked : !answer_.length() && !bodyless_;
  if (!takes_trailers_ || !chunked) return false;
  if (trailers_.size() + name.size() + value.size() > trailer_limit) {
    throw std::length_error{"the trailer fields are too large"};
  }
  trailers_.append(name).append(": ").append(value).append("\r\n");
  return true;
}

task<void> answer_writer::write(std::string_view data) {
  written_ += data.size();
  if (answer_.length() && written_ > *answer_.length()) {
    throw std::length_error{"more was written than the announced length"};
  }
  if (data.size() >= gathered_limit) {
    if (!begun_) begin(answer_.length() ? answer_framing::length : without_length(), answer_.length().value_or(0));
    if (framing_ != answer_framing::chunked && !bodyless_) {
      frame_gathered();
      co_return co_await send_borrowed(data);
    }
  }
  while (!data.empty()) {
    const std::string_view part = data.substr(0, gathered_limit - gathered_.size());
    gathered_ += part;
    data.remove_prefix(part.size());
    if (gathered_.size() == gathered_limit) co_await flush();
  }
}

// From where it is: the handler waits until it has left. Should he be called off before, `data` may be gone by the time
// that the rest leaves; it becomes a part of the output then.
task<void> answer_writer::send_borrowed(std::string_view data) {
  workspace& w = *connection_.work_;
  w.large = data;
  try {
    co_await connection_.flush_stream();
  } catch (...) {
    w.large = {};
    if (connection_.fsm_.closed()) throw;
    try {
      w.out += data;
    } catch (const std::bad_alloc&) {
      connection_.obey(connection_.fsm_.abort());
    }
    throw;
  }
}

// An HTTP/1.0 client is sent no Transfer-Encoding (RFC 9112 section 6.1).
answer_framing answer_writer::without_length() const noexcept {
  return connection_.work_->request.version() == 10 ? answer_framing::until_close : answer_framing::chunked;
}

task<void> answer_writer::flush() {
  if (!begun_) begin(answer_.length() ? answer_framing::length : without_length(), answer_.length().value_or(0));
  frame_gathered();
  co_await connection_.flush_stream();
}

task<void> answer_writer::finish() {
  if (answer_.length() && written_ != *answer_.length() && !bodyless_) {
    throw std::length_error{"less was written than the announced length"};
  }
  if (!begun_ && !answer_.length() && (bodyless_ || !trailers_.empty())) {
    begin(without_length(), 0);  // as a GET would be framed
  } else if (!begun_) {
    begin(answer_framing::length, answer_.length().value_or(gathered_.size()));
  }
  frame_gathered();
  workspace& w = *connection_.work_;
  if (framing_ == answer_framing::chunked && !bodyless_) http::append_last_chunk(w.out, trailers_);
  const bool unread = !w.body.complete();
  connection_.answered(closes_ || (unread && !connection_.body_discardable()), bodyless_ ? 0 : written_);
  co_return;
}

// Whether the handler will have read the body is not known yet; if not, the connection may close
// without having said so.
void answer_writer::begin(answer_framing framing, std::uint64_t length) {
  if (!takes_trailers_ || framing != answer_framing::chunked) answer_.erase("Trailer");
  closes_ = connection_.closes_after(answer_, false) || framing == answer_framing::until_close;
  connection_.queue_head(answer_, framing, length, closes_);
  framing_ = framing;
  begun_ = true;
}

void answer_writer::frame_gathered() {
  std::string& out = connection_.work_->out;
  if (framing_ == answer_framing::chunked) {
    http::append_chunk(out, gathered_);
  } else {
    out += gathered_;
  }
  gathered_.clear();
}

}  // namespace baton::session
