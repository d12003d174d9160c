#include "http/error_response.hpp"

#include <stdexcept>
#include <string>

#include "base/log.hpp"
#include "http/problem.hpp"

namespace baton::http {
namespace {

std::string describe(const request& req) {
  return fmt::format("{} {} (request {})", req.method_text(), req.path(), req.id());
}

response from_http_error(const http_error& error, const request& req) {
  const auto code = static_cast<unsigned>(error.status_code());
  const bool valid = code >= 400 && code <= 599;
  const status answered = valid ? error.status_code() : status::internal_server_error;
  const bool ours = static_cast<unsigned>(answered) >= 500;
  const std::string id = ours ? req.id() : std::string{};
  if (ours) log::error("{} failed with {}: {}", describe(req), code, error.what());
  response answer = problem_response(answered, {error.code(), error.detail(), id, &error.members()});
  for (const auto& [name, value] : error.fields()) {
    try {
      answer.append(name, value);
    } catch (const std::invalid_argument& refused) {
      log::warning("a field of the error answer to {} is left out: {}", describe(req), refused.what());
    }
  }
  return answer;
}

response from_unknown(const char* text, const request& req) {
  log::error("handler of {} failed, answered with 500: {}", describe(req), text);
  const std::string id = req.id();
  return problem_response(status::internal_server_error, {{}, {}, id});
}

response answer_to(const std::exception_ptr& error, const request& req) {
  try {
    std::rethrow_exception(error);
  } catch (const http_error& e) {
    return from_http_error(e, req);
  } catch (const std::exception& e) {
    return from_unknown(e.what(), req);
  } catch (...) {
    return from_unknown("an exception that is not a std::exception", req);
  }
}

}  // namespace

response error_response(std::exception_ptr error, const request& req) noexcept {
  try {
    return answer_to(error, req);
  } catch (...) {  // out of memory, most likely: an answer that needs none
    return response{status::internal_server_error};
  }
}

response refusal_response(status with, std::string_view reason) {
  response answer = response::problem(with, {}, reason);
  if (with == status::service_unavailable) answer.set(field::retry_after, "1");
  return answer;
}

bool is_final(const response& answer) noexcept {
  const auto code = static_cast<unsigned>(answer.status());
  return answer.upgrades() || (code >= 200 && code <= 999);
}

std::exception_ptr handler_timeout() {
  http_error late{status::service_unavailable, "handler_timeout", "the handler took longer than its route allows"};
  late.detail("the request took too long");
  return std::make_exception_ptr(late);
}

response interim_refused(const response& answer, const request& req) noexcept {
  const auto code = static_cast<unsigned>(answer.status());
  const std::logic_error error{"a handler answered with status " + std::to_string(code)};
  return error_response(std::make_exception_ptr(error), req);
}

}  // namespace baton::http
