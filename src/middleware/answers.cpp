// The pieces that do one thing to an answer: request_id, security_headers, recoverer, and body_limit.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <baton/http_error.hpp>
#include <baton/middleware/body_limit.hpp>
#include <baton/middleware/recoverer.hpp>
#include <baton/middleware/request_id.hpp>
#include <baton/middleware/security_headers.hpp>

#include "http/error_response.hpp"
#include "http/syntax.hpp"

namespace baton::with {
namespace {

bool is_identifier(std::string_view text) noexcept {
  constexpr std::size_t longest = 128;
  constexpr std::string_view marks = "-._~+/=:@";
  const auto fits = [marks](char c) {
    return http::is_alpha(c) || http::is_digit(c) || marks.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), fits);
}

std::string identifier_of(request& req, const request_id_options& how) {
  const auto given = how.accept ? req.get(how.field) : std::nullopt;
  if (!given || !is_identifier(*given)) return req.id();
  return req.set(request_identifier{std::string{*given}}).text;
}

task<response> identified(const request_id_options& how, request& req, next rest) {
  const std::string id = identifier_of(req, how);  // first: a body that is read may move the fields
  response answer = co_await rest(req);
  if (!answer.get(how.field)) answer.set(how.field, id);
  co_return answer;
}

using field_values = std::vector<std::pair<std::string, std::string>>;

task<response> adorned(const field_values& fields, request& req, next rest) {
  response answer = co_await rest(req);
  for (const auto& [name, value] : fields) {
    if (!answer.get(name)) answer.append(name, value);
  }
  co_return answer;
}

response recovered(const recovery& hook, const request& req, const std::exception_ptr& error) {
  if (!hook) return http::error_response(error, req);
  try {
    if (auto answer = hook(req, error)) return std::move(*answer);
  } catch (...) {
    return http::error_response(std::current_exception(), req);
  }
  return http::error_response(error, req);
}

task<response> recovering(const recovery& hook, request& req, next rest) {
  std::exception_ptr error;
  try {
    co_return co_await rest(req);
  } catch (...) {
    error = std::current_exception();
  }
  co_return recovered(hook, req, error);
}

}  // namespace

middleware request_id(request_id_options how) {
  static_cast<void>(response{}.set(how.field, "probe"));  // throws where it cannot be set
  return [how = std::make_shared<const request_id_options>(std::move(how))](request& req, next rest) {
    return identified(*how, req, rest);
  };
}

middleware security_headers(const security_headers_options& fields) {
  field_values given;
  const auto add = [&given](const char* name, const std::string& value) {
    if (value.empty()) return;
    static_cast<void>(response{}.set(name, value));  // throws where it cannot be sent
    given.emplace_back(name, value);
  };
  add("X-Content-Type-Options", fields.content_type_options);
  add("X-Frame-Options", fields.frame_options);
  add("Content-Security-Policy", fields.content_security_policy);
  add("Referrer-Policy", fields.referrer_policy);
  add("Cross-Origin-Opener-Policy", fields.opener_policy);
  add("Cross-Origin-Resource-Policy", fields.resource_policy);
  add("Permissions-Policy", fields.permissions_policy);
  return [given = std::make_shared<const field_values>(std::move(given))](request& req, next rest) {
    return adorned(*given, req, rest);
  };
}

middleware recoverer(recovery hook) {
  return [hook = std::make_shared<const recovery>(std::move(hook))](request& req, next rest) {
    return recovering(*hook, req, rest);
  };
}

middleware body_limit(std::uint64_t bytes) {
  return [bytes](request& req, next rest) -> task<response> {
    if (req.content_length().value_or(0) > bytes || req.body().size() > bytes) {
      throw http_error{status::payload_too_large, "body_too_large"}.detail(
          fmt::format("a body may have {} bytes here", bytes));
    }
    return rest(req);
  };
}

}  // namespace baton::with
