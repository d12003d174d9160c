#include "server/test_exchange.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <baton/file_content.hpp>

#include "base/log.hpp"
#include "http/error_response.hpp"
#include "http/field_rules.hpp"
#include "http/request_access.hpp"
#include "http/serialiser.hpp"
#include "os/file_reading.hpp"

namespace baton {

using http::request_access;
using outcome = session::body_reader::outcome;

namespace {

// Gathers a streamed answer. What was written before the first flush is not sent if the producer fails then.
class gathering_writer final : public body_writer {
 public:
  using fields = std::vector<std::pair<std::string, std::string>>;

  gathering_writer(std::string& into, fields* trailers, std::optional<std::uint64_t> length,
                   session::virtual_time& clock, std::chrono::nanoseconds patience) noexcept
      : into_{into}, trailers_{trailers}, length_{length}, clock_{clock}, until_{clock.now() + patience} {}

  task<void> write(std::string_view data) override {
    into_ += data;
    if (length_ && into_.size() > *length_) throw std::length_error{"more was written than the announced length"};
    begun_ = begun_ || into_.size() >= gathered_limit;
    co_return;
  }
  task<void> flush() override {
    begun_ = true;
    co_return;
  }
  bool trailer(std::string_view name, std::string_view value) override {
    http::check_trailer(name, value);
    if (trailers_ == nullptr || length_) return false;
    trailers_->emplace_back(name, value);
    return true;
  }
  [[nodiscard]] bool draining() const noexcept override { return clock_.now() >= until_; }
  task<bool> wait(std::chrono::milliseconds time) override {
    const std::chrono::nanoseconds left = std::min<std::chrono::nanoseconds>(time, until_ - clock_.now());
    if (left.count() > 0) co_await clock_.sleep(left, this);
    co_return !draining();
  }
  void wake() noexcept override { clock_.wake(this); }
  void cancel_on_drain() noexcept override {}  // there is none but what `wait` tells

  void finish() const {
    if (length_ && into_.size() != *length_) throw std::length_error{"less was written than the announced length"};
  }
  [[nodiscard]] bool begun() const noexcept { return begun_; }

 private:
  static constexpr std::size_t gathered_limit = 16 * 1024;
  std::string& into_;
  fields* const trailers_;  // null where the client takes none
  const std::optional<std::uint64_t> length_;
  session::virtual_time& clock_;
  const session::virtual_time::time_point until_;
  bool begun_ = false;
};

bool has_body(const request& req, status with) noexcept {
  return req.method() != method::head && with != status::no_content && with != status::not_modified &&
         with != status::switching_protocols;
}

}  // namespace

void report_failure(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::exception& e) {
    log::error("a background task failed: {}", e.what());
  } catch (...) {
    log::error("a background task failed");
  }
}

test_exchange::test_exchange(test_surroundings& around, const options& settings, const http::route_table& table,
                             const connection_info& who, std::string bytes)
    : around_{around}, settings_{settings}, table_{table}, bytes_{std::move(bytes)}, rest_{bytes_}, reader_{settings} {
  const http::head_limits bounds{settings.limits.head, settings.limits.fields, settings.limits.target};
  const http::head_result head = http::parse_head(bytes_, bounds, request_, info_);
  if (head.outcome == http::head_outcome::need_more) throw std::invalid_argument{"the request has no whole head"};
  if (head.outcome == http::head_outcome::refused) {
    refused_ = http::refusal_response(head.refusal, head.reason);
    return;
  }
  rest_.remove_prefix(head.consumed);
  request_access::connection(request_) = &who;
  request_access::exchange(request_) = this;
  request_access::serial(request_) = 1;
  route_ = &table_.find(request_);
}

task<std::string_view> test_exchange::streamed_body::read() {
  const std::string_view piece = owner_.next_piece();
  if (piece.empty()) request_access::trailers(owner_.request_) = owner_.reader_.trailers();
  co_return piece;
}

std::string_view test_exchange::next_piece() {
  const auto step = reader_.next(rest_);
  rest_.remove_prefix(step.consumed);
  switch (step.what) {
    case outcome::data:
      return step.data;
    case outcome::complete:
      return {};
    case outcome::refused:
      throw http_error{reader_.refusal(), "bad_body"}.detail(std::string{reader_.reason()});
    case outcome::need_more:
      break;
  }
  reader_.fail();
  throw http_error{status::bad_request, "bad_body", "the request ended in the middle of its body"};
}

// False: refused.
bool test_exchange::collect() {
  try {
    for (;;) {
      const std::string_view piece = next_piece();
      if (piece.empty()) break;
      collected_ += piece;
    }
  } catch (const http_error& error) {
    const bool short_one = reader_.reason().empty();
    refused_ = http::refusal_response(error.status_code(), short_one ? "the request was cut short" : reader_.reason());
    return false;
  }
  request_access::body(request_) = collected_;
  request_access::trailers(request_) = reader_.trailers();
  return true;
}

task<response> test_exchange::answer() {
  std::exception_ptr error;
  try {
    if (const handler::plain* const plain = route_->direct()) co_return (*plain)(request_);
    co_return co_await answer_in_time();
  } catch (...) {
    error = std::current_exception();
  }
  co_return http::error_response(error, request_);
}

// The time of the route runs by the test's clock.
task<response> test_exchange::answer_in_time() {
  const auto time = route_->own.handler_timeout.value_or(std::chrono::milliseconds{0});
  if (time.count() <= 0) co_return co_await route_->run(request_);
  boost::asio::cancellation_signal in_time;
  bool late = false;
  bool watching = true;
  const auto watch = [&]() -> task<void> {
    co_await sleep_for(time);
    late = true;
    cancel_->emit(boost::asio::cancellation_type::terminal);
  };
  boost::asio::co_spawn(
      co_await boost::asio::this_coro::executor, watch(),
      boost::asio::bind_cancellation_slot(in_time.slot(), [&](const std::exception_ptr&) { watching = false; }));
  std::exception_ptr error;
  response made;
  try {
    made = co_await route_->run(request_);
  } catch (...) {
    error = std::current_exception();
  }
  if (late) co_await boost::asio::this_coro::reset_cancellation_state();
  in_time.emit(boost::asio::cancellation_type::terminal);
  while (watching) co_await sleep_for(std::chrono::nanoseconds{1});
  if (late && error) error = http::handler_timeout();
  if (error) std::rethrow_exception(error);
  co_return made;
}

task<void> test_exchange::run() {
  if (!refused_ && !reader_.begin(info_, route_->own)) {
    refused_ = http::refusal_response(reader_.refusal(), reader_.reason());
  }
  const bool collects = !refused_ && !reader_.complete() && !route_->streams_body() && !route_->automatic;
  if (refused_ || (collects && !collect())) {
    answer_ = *std::move(refused_);
    answer_.close();
    co_return;
  }
  answer_ = co_await answer();
  if (!http::is_final(answer_)) answer_ = http::interim_refused(answer_, request_);
  if (answer_.streamed() && has_body(request_, answer_.status())) co_await produce();
  if (answer_.file_body()) take_file();
}

task<void> test_exchange::produce() {
  const bool takes_trailers = request_.get(field::te).value_or("").find("trailers") != std::string_view::npos;
  gathering_writer writer{produced_, takes_trailers ? &trailers_ : nullptr, answer_.length(), around_.time(),
                          patience_};
  std::exception_ptr error;
  try {
    co_await answer_.stream_body()(writer);
    writer.finish();
  } catch (...) {
    error = std::current_exception();
  }
  if (!error) co_return;
  cut_ = writer.begun();
  if (cut_) co_return;
  produced_.clear();
  answer_ = http::error_response(error, request_);
}

void test_exchange::take_file() {
  if (os::result<std::string> text = os::read_content(*answer_.file_body())) {
    produced_ = std::move(*text);
  } else {
    cut_ = true;
  }
}

void test_exchange::write_to(test_reply& reply, std::string_view date_line, std::string_view server_line) const {
  reply.cut = cut_;
  reply.trailers = trailers_;
  const bool elsewhere = answer_.streamed() || answer_.file_body();
  if (has_body(request_, answer_.status())) reply.body = elsewhere ? produced_ : std::string{answer_.body()};
  http::head_context context;
  context.date_line = date_line;
  context.server_line = server_line;
  context.close = answer_.wants_close() || !info_.keep_alive;
  context.length = answer_.file_body()  ? answer_.file_body()->length()
                   : answer_.streamed() ? answer_.length().value_or(produced_.size())
                                        : answer_.body().size();
  if (answer_.upgrades()) return http::append_upgrade_head(reply.head, answer_, context);
  http::append_head(reply.head, answer_, context);
}

}  // namespace baton
