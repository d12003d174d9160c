// From an exception at the handler's edge to an answer. What an unknown exception says goes to the log
// with the request's id; the client gets a bare 500 with that id.
#pragma once

#include <exception>

#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton::http {

/// http_error as it says; anything else a 500. Logs 5xx with method, path, request id and the
/// exception's text. Never throws.
[[nodiscard]] response error_response(std::exception_ptr error, const request& req) noexcept;

}  // namespace baton::http
