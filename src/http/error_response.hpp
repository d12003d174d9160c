// From an exception at the handler's edge to an answer. What an unknown exception says goes to the log
// with the request's id; the client gets a bare 500 with that id.
#pragma once

#include <exception>
#include <string_view>

#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton::http {

/// http_error as it says; anything else a 500. Logs 5xx with method, path, request id and the
/// exception's text. Never throws.
[[nodiscard]] response error_response(std::exception_ptr error, const request& req) noexcept;

/// For what never reaches a handler: a problem document, with `Retry-After` where it is 503.
[[nodiscard]] response refusal_response(status with, std::string_view reason);

/// True for a status that a handler may answer with: final ones, and 101 by an upgrade.
[[nodiscard]] bool is_final(const response& answer) noexcept;

/// The http_error of a handler that took longer than its route allows.
[[nodiscard]] std::exception_ptr handler_timeout();

/// What is answered in place of one that is not.
[[nodiscard]] response interim_refused(const response& answer, const request& req) noexcept;

}  // namespace baton::http
