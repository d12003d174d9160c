#include <baton/event_stream.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <baton/options.hpp>

#include "http/event_text.hpp"
#include "http/exchange.hpp"
#include "http/request_access.hpp"

namespace baton {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

event_sender::event_sender(body_writer& out, std::string last_event_id, milliseconds keep_alive)
    : out_{out}, last_event_id_{std::move(last_event_id)}, keep_alive_{keep_alive}, spoke_{clock::now()} {}

task<void> event_sender::write(std::string_view text) {
  co_await out_.write(text);
}

task<void> event_sender::flush() {
  co_await out_.flush();
  sent_ = true;
  spoke_ = clock::now();
}

task<void> event_sender::send(event what) {
  std::string text;
  http::append_event(text, what);
  co_await write(text);
  co_await flush();
}

task<void> event_sender::comment(std::string text) {
  std::string line;
  http::append_comment(line, text);
  co_await write(line);
  co_await flush();
}

void event_sender::wake() noexcept {
  woken_ = true;
  out_.wake();
}

task<bool> event_sender::wait(milliseconds time) {
  if (told_) throw boost::system::system_error{boost::asio::error::operation_aborted};
  woken_ = false;
  if (!sent_) co_await flush();  // the client is to see that the stream is open
  const auto end = clock::now() + std::min<milliseconds>(time, std::chrono::hours{24});
  while (!woken_) {
    const auto until = keep_alive_.count() == 0 ? end : std::min(end, spoke_ + keep_alive_);
    const bool goes_on = co_await out_.wait(std::chrono::ceil<milliseconds>(until - clock::now()));
    told_ = !goes_on;
    if (told_ || clock::now() >= end) co_return goes_on;
    if (!woken_ && clock::now() >= until) co_await comment({});
  }
  co_return true;
}

namespace {

struct stream_times {
  milliseconds keep_alive;
  milliseconds retry;
};

stream_times times_of(const request& req, const event_stream_options& how) {
  const http::exchange* const exchange = http::request_access::exchange(req);
  const options* const settings = exchange != nullptr ? exchange->settings() : nullptr;
  const event_options usual = settings != nullptr ? settings->events : event_options{};
  return {how.keep_alive.value_or(usual.keep_alive), how.retry.value_or(usual.retry)};
}

// Not all clients are to come back in the same moment.
milliseconds spread(milliseconds time) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock::now().time_since_epoch());
  return time + milliseconds{now.count() % (time.count() / 2 + 1)};
}

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

task<void> run_stream(body_writer& out, event_producer run, std::string last_event_id, stream_times times) {
  out.cancel_on_drain();
  event_sender sender{out, std::move(last_event_id), times.keep_alive};
  std::exception_ptr error;
  try {
    co_await run(sender);
  } catch (...) {
    error = std::current_exception();
  }
  if (error != nullptr && !(out.draining() && is_cancellation(error))) std::rethrow_exception(error);
  if (!out.draining()) co_return;
  co_await boost::asio::this_coro::reset_cancellation_state();
  event farewell;
  farewell.retry = spread(times.retry);
  std::string text;
  http::append_event(text, farewell);
  co_await out.write(text);
}

}  // namespace

response event_stream(const request& req, event_producer run, event_stream_options how) {
  const stream_times times = times_of(req, how);
  auto produce = [run = std::move(run), last = std::string{req.get("Last-Event-ID").value_or("")},
                  times](body_writer& out) { return run_stream(out, run, last, times); };
  response answer = response::stream("text/event-stream", std::move(produce));
  answer.set("Cache-Control", "no-store");
  answer.set("X-Accel-Buffering", "no");  // nginx, should it stand in front, passes events on at once
  return answer;
}

}  // namespace baton
