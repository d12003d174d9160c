// What is noted of an exchange, for the metrics and the access log.
#include "session/connection.hpp"

#include <exception>
#include <utility>

#include <baton/http_error.hpp>

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
  static_cast<void>(body);
  worker_.counters().answered(which, static_cast<unsigned>(with));
  ++unwritten_;
}

// The output has left, and with it every answer that was gathered.
void connection::note_written() {
  if (unwritten_ != 0) worker_.written(began_, std::exchange(unwritten_, 0U));
}

// The connection ends; what is in the output stays there.
void connection::note_end() noexcept {
  if (unwritten_ != 0) worker_.counters().cut.add(std::exchange(unwritten_, 0U));
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
