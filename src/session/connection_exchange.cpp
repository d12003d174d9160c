// From a complete head to an answer in the output buffer.
#include "session/connection.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/file_content.hpp>

#include "base/log.hpp"
#include "http/error_response.hpp"
#include "http/request_access.hpp"
#include "http/serialiser.hpp"
#include "os/file_reading.hpp"
#include "session/answer_writer.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using fsm::connection_action;
using http::request_access;

namespace {

// Bodies up to this size are copied behind their head; larger ones are sent from where they are.
constexpr std::size_t copied_body = 16 * 1024;
// Pipelined answers are gathered up to this size before they are sent.
constexpr std::size_t gathered_output = 64 * 1024;
// Files up to this size are read and sent like other bodies; larger ones go from the page cache.
constexpr std::uint64_t gathered_file = 64 * 1024;

// What is noted of a request whose client has gone before its answer; as nginx has it, for nothing is sent.
constexpr auto client_gone = static_cast<status>(499);

bool bodyless(const request& req, status s) noexcept {
  return req.method() == method::head || s == status::no_content || s == status::not_modified;
}

}  // namespace

// True: an answer is in the output buffer. False: something is under way and will go on by itself.
bool connection::begin_exchange() {
  workspace& w = *work_;
  request_access::connection(w.request) = &info();
  request_access::exchange(w.request) = this;
  request_access::serial(w.request) = fsm_.requests() + 1;
  if (unwritten_ == 0) began_ = worker_.batch_time();
  if (route_ == nullptr) find_route();
  if (!w.body.begin(w.head, route_->own)) {
    refuse(w.body.refusal(), w.body.reason());
    return false;
  }
  body_withheld_ = false;
  continue_awaited_ = w.head.expects_continue && !w.body.complete() && w.in.empty();
  const bool collect = !w.body.complete() && !route_->streams_body() && !route_->automatic;
  if (fsm_.head_complete(collect) == connection_action::dispatch) return call_route();
  w.collected.clear();
  switch (collect_buffered()) {
    case collected::all:
      fsm_.body_complete();
      return call_route();
    case collected::partly:
      continue_if_awaited();
      read_body();
      return false;
    case collected::refused:
      break;
  }
  refuse(w.body.refusal(), w.body.reason());
  return false;
}

void connection::find_route() {
  if (from_.redirects) [[unlikely]] {
    route_ = &worker_.server().to_https;
    return;
  }
  if (!routes_) routes_ = worker_.routes().use();
  route_ = &routes_->find(work_->request);
}

// The last answer from these routes has left, or never will: their code may go.
void connection::drop_route() noexcept {
  if (work_) request_access::drop_values(work_->request);
  route_ = nullptr;
  tunnel_ = nullptr;
  routes_.reset();
}

bool connection::call_route() {
  const handler::plain* const plain = route_->direct();
  return plain != nullptr ? call_plain(*plain) : spawn(run());
}

bool connection::call_plain(const handler::plain& plain) {
  const std::size_t before = work_->out.size();
  std::exception_ptr error;
  try {
    response answer = plain(work_->request);
    check_answer(answer);
    if (answer.streamed() || answer.upgrades()) return spawn(send(std::move(answer)));
    queue_answer(std::move(answer));
    return true;
  } catch (...) {
    if (work_->out.size() != before) throw;  // out of memory behind a head: no second one may follow it
    error = std::current_exception();
  }
  queue_answer(answer_to(error));
  return true;
}

// Runs a coroutine that ends with an answer queued, or with the connection closed. True if it has
// ended already.
bool connection::spawn(task<void> exchange) {
  worker_.wheel().disarm(*this);
  work_->read_at_once = 0;
  work_->turn_began = written_;
  if (!cancel_) cancel_.emplace();
  exchanging_ = starting_ = true;
  timed_out_ = false;
  ++holds_;
  boost::asio::co_spawn(
      worker_.io().get_executor(), std::move(exchange),
      boost::asio::bind_cancellation_slot(cancel_->slot(), [this](std::exception_ptr error) { exchange_done(error); }));
  starting_ = false;
  if (exchanging_ && !watching_) watch_later();
  return !exchanging_ && fsm_.phase() == fsm::connection_phase::answering;
}

// For a coroutine that never waits, the wait for its client and the system calls that come with it would be in vain:
// it has ended when the loop has come round.
void connection::watch_later() {
  if (watch_due_ != 0) return;
  watch_due_ = fsm_.requests();
  ++holds_;
  worker_.watch_later(*this);
}

void connection::watch_if_waiting() {
  const hold keep{*this};
  --holds_;
  const bool same = std::exchange(watch_due_, 0) == fsm_.requests();
  if (!exchanging_) return;
  same ? watch_client() : watch_later();
}

// Cheap enough for what takes its time: once armed, it stays for the requests that follow. Should it fail to start, the
// client's going is noticed when the answer is written.
void connection::watch_client() {
  if (!exchanging_ || watching_ || fsm_.closed()) return;
  watching_ = true;
  ++holds_;
  transport_->async_wait_hangup([this](const boost::system::error_code& error) { on_hangup(error); });
}

// Urgent data ends the wait as well; it is not begun again then, since it would end at once.
void connection::on_hangup(const boost::system::error_code& error) {
  const hold keep{*this};
  --holds_;
  watching_ = false;
  if (error || fsm_.closed() || !exchanging_ || !transport_->hung_up()) return;
  peer_gone_ = true;
  obey(fsm_.abort());
  publish_state();
}

const options* connection::settings() const noexcept {
  return &worker_.settings();
}

std::chrono::steady_clock::time_point connection::ready_since() {
  // A handler of the blocking pool is not on the worker's thread.
  return worker_.io().get_executor().running_in_this_thread() ? worker_.batch_time() : std::chrono::steady_clock::now();
}

void connection::exchange_done(const std::exception_ptr& error) {
  const hold keep{*this};
  --holds_;
  exchanging_ = false;
  if (error != nullptr) obey(fsm_.abort());  // memory ran out on the way to an answer; there is none to give
  const bool answered = fsm_.phase() == fsm::connection_phase::answering;  // else it was cut, or was a tunnel
  if (!answered) drop_route();
  if (!starting_ && answered && next_exchange()) serve();
  publish_state();
}

// A route's own time for its handler. Lives in the coroutine's frame, and leaves the wheel with it.
class connection::handler_deadline final : private net::timer_entry {
 public:
  explicit handler_deadline(connection& c) noexcept : connection_{c} {
    const auto time = c.route_->own.handler_timeout.value_or(std::chrono::milliseconds{0});
    if (time.count() > 0) c.worker_.wheel().arm(*this, time);
  }
  /// Ends it. True: it had passed, and the coroutine was cancelled.
  bool stop() noexcept {
    connection_.worker_.wheel().disarm(*this);
    return passed_;
  }

 private:
  void on_deadline() override {
    passed_ = true;
    connection_.cancel_->emit(boost::asio::cancellation_type::terminal);
  }

  connection& connection_;
  bool passed_ = false;
};

task<void> connection::run() {
  std::exception_ptr error;
  response answer;
  handler_deadline deadline{*this};
  try {
    answer = co_await route_->run(work_->request);
  } catch (...) {
    error = std::current_exception();
  }
  const bool late = deadline.stop();
  if (fsm_.closed()) {
    note_answer(counted(work_->request.method()), client_gone, 0);
    note_end();
    co_return;
  }
  if (late) co_await boost::asio::this_coro::reset_cancellation_state();  // for the way of the answer
  if (late && error != nullptr) error = http::handler_timeout();
  if (error != nullptr) answer = answer_to(error);
  check_answer(answer);
  if (answer.streamed() || answer.upgrades()) {
    co_await send(std::move(answer));
  } else {  // without a frame of its own
    queue_answer(std::move(answer));
  }
}

task<void> connection::send(response answer) {
  if (answer.upgrades() && open_tunnel(answer)) co_return;
  if (!answer.streamed()) {
    queue_answer(std::move(answer));
    co_return;
  }
  const bool head_only = bodyless(work_->request, answer.status());
  answer_writer writer{*this, answer, head_only};
  std::exception_ptr error;
  try {
    if (!head_only) co_await answer.stream_body()(writer);
    co_await writer.finish();
  } catch (...) {
    error = std::current_exception();
  }
  if (fsm_.closed()) {  // the client has gone, or is made to
    if (error != nullptr && writer.begun()) {
      note_answer(counted(work_->request.method()), answer_status_, writer.written());
    }
    note_end();
    co_return;
  }
  if (error == nullptr) co_return;
  if (!writer.begun()) {
    queue_answer(answer_to(error));
    co_return;
  }
  // The client must not take what it has for the whole.
  report_cut(error);
  note_answer(counted(work_->request.method()), answer_status_, writer.written());
  exchanging_ = false;  // it ends itself: to cancel it would throw behind its end, past its completion
  obey(fsm_.abort());
}

task<response> connection::run_blocking(const handler::plain& plain, request& req) {
  blocking_pool& pool = worker_.server().blocking;
  if (!pool.admit()) {
    http_error overloaded{status::service_unavailable, "overloaded", "the blocking pool's queue is full"};
    overloaded.set("Retry-After", "1");
    throw overloaded;
  }
  auto begin = [&](auto done) {
    pool.submit([&plain, &req, executor = worker_.io().get_executor(), done = std::move(done)]() mutable {
      std::exception_ptr error;
      response answer;
      try {
        answer = plain(req);
      } catch (...) {
        error = std::current_exception();
      }
      // Everything goes along: what the handler made or threw is destroyed on the worker.
      auto resume = [done = std::move(done), error = std::move(error), answer = std::move(answer)]() mutable {
        done(std::move(error), std::move(answer));
      };
      boost::asio::post(executor, std::move(resume));
    });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                 void(std::exception_ptr, response)>(begin, boost::asio::use_awaitable);
}

// A blocking handler asks from its own thread. It is waited for, and what is posted here runs before that.
void connection::run_in_background(background_job work) {
  if (worker_.background().full()) {
    http_error overloaded{status::service_unavailable, "overloaded", "too many background tasks"};
    overloaded.set("Retry-After", "1");
    throw overloaded;
  }
  const auto begin = [this](background_job job) { worker_.background().run(std::move(job), routes_.again()); };
  if (worker_.io().get_executor().running_in_this_thread()) return begin(std::move(work));
  boost::asio::post(worker_.io(), [begin, work = std::move(work)]() mutable { begin(std::move(work)); });
}

const http::proxy_trust* connection::trust() const noexcept {
  return &worker_.trust();
}

// A handler cannot answer with an interim status; the only one that it may bring about is 101, by upgrading.
void connection::check_answer(response& answer) {
  if (!http::is_final(answer)) answer = http::interim_refused(answer, work_->request);
}

http::head_context connection::context_of_head(bool closes) const noexcept {
  http::head_context context;
  context.date_line = worker_.date_line();
  context.server_line = info().secure ? worker_.secure_line() : worker_.server_line();
  context.close = closes;
  return context;
}

// The final head of an answer to `request`, and the body that is copied behind it. From now on `100 Continue` would
// land in the middle of it.
void connection::queue_head(const response& answer, http::answer_framing framing, std::uint64_t length, bool closes,
                            std::string_view body) {
  http::head_context context = context_of_head(closes);
  context.body = body;
  context.framing = framing;
  context.length = length;
  answer_status_ = answer.status();
  context.keep_alive_1_0 = !closes && work_->request.version() == 10;
  http::append_head(work_->out, answer, context);
  body_withheld_ = body_withheld_ || continue_awaited_;
  continue_awaited_ = false;
}

// The whole answer is in the output.
void connection::answered(bool closes, std::uint64_t body) {
  const workspace& w = *work_;
  note_answer(counted(w.request.method()), answer_status_, body);
  const bool unread = !w.body.complete();
  quiet_close_ = closes && !w.head.keep_alive && !unread;
  fsm_.answered(closes, unread);
}

// That a client goes away, or breaks off its body, is no error of this side, and nobody fills the log with it.
void connection::report_cut(const std::exception_ptr& error) const {
  const request& req = work_->request;
  bool of_client = peer_gone_;
  std::string why = "an exception that is not a std::exception";
  try {
    std::rethrow_exception(error);
  } catch (const http_error& e) {
    of_client = of_client || static_cast<unsigned>(e.status_code()) < 500;
    why = e.what();
  } catch (const std::exception& e) {
    why = e.what();
  } catch (...) {
  }
  if (of_client) {
    log::debug("{}: the answer to {} {} was cut: {}", info().peer(), req.method_text(), req.path(), why);
  } else {
    log::error("the answer to {} {} (request {}) failed on its way and is cut: {}", req.method_text(), req.path(),
               req.id(), why);
  }
}

bool connection::closes_after(const response& answer, bool body_unread) {
  workspace& w = *work_;
  // A drain counts from its first moment, also where the worker has not been told yet.
  const fsm::drain_manner manner = own_manner(worker_.server().draining.load(std::memory_order_relaxed));
  if (manner != fsm::drain_manner::none && !fsm_.draining()) static_cast<void>(fsm_.drain(manner, false));
  fsm::answer_facts facts;
  facts.client_keeps_alive = w.head.keep_alive;
  facts.handler_closes = answer.wants_close();
  facts.body_unread = body_unread;
  facts.body_discardable = !body_unread || body_discardable();
  facts.more_input =
      fsm_.draining() && w.body.complete() && (!w.in.empty() || transport_->peek().what == net::io_result::kind::bytes);
  return fsm_.answer_closes(facts);
}

// Sent with its head in one write, which is less work than to hand the file to the kernel.
void connection::load_small_file(response& answer) {
  const file_content& file = *answer.file_body();
  if (file.in_memory() || file.length() > gathered_file || bodyless(work_->request, answer.status())) return;
  if (os::result<std::string> text = os::read_content(file)) {
    answer.body(std::move(*text));
  } else {
    const auto error = std::make_exception_ptr(std::runtime_error{text.error().text()});
    answer = http::error_response(error, work_->request);
  }
}

void connection::queue_answer(response&& answer) {
  workspace& w = *work_;
  if (answer.file_body()) load_small_file(answer);
  const std::uint64_t length = answer.file_body() ? answer.file_body()->length() : answer.body().size();
  const bool closes = closes_after(answer, !w.body.complete());
  std::uint64_t sent = 0;
  const bool has_body = !bodyless(w.request, answer.status());
  const bool copied = has_body && answer.body().size() <= copied_body;
  queue_head(answer, http::answer_framing::length, length, closes, copied ? answer.body() : std::string_view{});
  if (has_body) {
    sent = length;
    if (answer.file_body()) {
      w.queue_file(answer.file_body(), copied_body);
    } else if (copied) {
      // It went with its head.
    } else if (answer.body_is_literal()) {
      w.large = answer.body();
    } else {
      w.large_body = answer.take_body();
      w.large = w.large_body;
    }
  }
  answered(closes, sent);
}

void connection::refuse(status with, std::string_view reason) {
  fsm_.refused();
  queue_refusal(with, reason);
  flush();
}

// For what never reached a handler. The request may be half-parsed: nothing of it is used.
void connection::queue_refusal(status with, std::string_view reason) {
  workspace& w = work();
  const response answer = http::refusal_response(with, reason);
  log::debug("{}: {} {}", info().peer(), static_cast<unsigned>(with), reason);
  http::head_context context = context_of_head(true);
  context.length = answer.body().size();
  context.body = answer.body();
  http::append_head(w.out, answer, context);
  if (!from_.refused) worker_.counters().malformed.add();
  if (unwritten_ == 0) began_ = worker_.batch_time();
  note_answer(counted_method::none, with, answer.body().size());
  quiet_close_ = false;
}

// An answer is queued: goes on with the next request at once if that needs no waiting, so that
// pipelined answers leave in one write; otherwise sends what there is with the rest of the batch.
// False: nothing to go on with.
bool connection::next_exchange() {
  route_ = nullptr;
  if (next_is_plain() && fsm_.pipelined()) return true;
  worker_.wheel().disarm(*this);
  ++holds_;
  worker_.flush_later(*this);
  return false;
}

bool connection::next_is_plain() {
  workspace& w = *work_;
  if (fsm_.closed() || fsm_.closing() || !w.body.complete() || tunnel_) return false;
  if (!w.large.empty() || w.file || w.out.size() >= gathered_output || w.in.empty()) return false;
  if (routes_ && routes_.replaced()) return false;  // the answers leave first, and then it is the new one's
  w.in.unpin();
  http::head_result result;
  if (!parse_next_head(result)) return false;
  head_ready_ = true;
  if (w.head.framing != http::body_framing::none) return false;
  request_access::connection(w.request) = &info();
  find_route();
  return route_->direct() != nullptr;
}

}  // namespace baton::session
