// What is noted of an exchange, for the metrics and the access log.
#include "session/connection.hpp"

#include <exception>
#include <utility>

#include <baton/http_error.hpp>

#include "http/access_line.hpp"
#include "http/error_response.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

// A handler's exception becomes an answer; one that the handler meant is no failure of it.
response connection::answer_to(const std::exception_ptr& error) {
  response answer = http::error_response(error, work_->request);
  try {
    std::rethrow_exception(error);
  } catch (const http_error&) {
  } catch (...) {
    worker_.counters().failed_handlers.add();
  }
  return answer;
}

// The last byte of an answer is in the output, or will not be.
void connection::note_answer(counted_method which, status with, std::uint64_t body) {
  if (worker_.logs_access()) note_access(which, with, body);
  worker_.counters().answered(which, static_cast<unsigned>(with));
  ++unwritten_;
}

// The request's texts may be gone when the answer has left: what is to be logged of them is written down now.
void connection::note_access(counted_method which, status with, std::uint64_t body) {
  http::access_facts facts;
  facts.of = which == counted_method::none ? nullptr : &work_->request;
  facts.status = static_cast<unsigned>(with);
  facts.body = body;
  facts.when = std::chrono::system_clock::now();
  facts.client = facts.of == nullptr ? info().client : facts.of->client();
  std::string& lines = work_->unlogged;
  if (!lines.empty()) lines += '\n';
  http::begin_access_line(lines, worker_.settings().access_log.format, worker_.hidden(), facts);
}

// The output has left, and with it every answer that was gathered.
void connection::note_written() {
  if (unwritten_ == 0) return;
  worker_.written(began_, std::exchange(unwritten_, 0U));
  if (!work_->unlogged.empty()) worker_.log_access(work_->unlogged, began_, false);
}

// The connection ends; what is in the output stays there.
void connection::note_end() noexcept {
  if (unwritten_ == 0) return;
  worker_.counters().cut.add(std::exchange(unwritten_, 0U));
  try {
    if (work_ && !work_->unlogged.empty()) worker_.log_access(work_->unlogged, began_, true);
  } catch (const std::exception&) {  // no memory for a line
  }
}

// What the deadline that has passed was for.
void connection::note_timeout() noexcept {
  switch (fsm_.deadline()) {
    case fsm::connection_deadline::head:
      return worker_.counters().timed_out(counted_timeout::head);
    case fsm::connection_deadline::body:
      return worker_.counters().timed_out(counted_timeout::body);
    case fsm::connection_deadline::write:
      return worker_.counters().timed_out(counted_timeout::write);
    case fsm::connection_deadline::idle:
      return worker_.counters().timed_out(counted_timeout::idle);
    default:
      return;
  }
}

}  // namespace baton::session
