// The exception that a handler throws to answer with an error. It carries two texts on purpose:
// `code` and `detail` are for the client, the internal text (`what()`) goes to the log and never
// leaves the process. Any other exception becomes a bare 500.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <baton/types.hpp>

namespace baton {

/// Thrown by handlers and middleware; becomes an RFC 9457 problem document
/// (`application/problem+json`) with members `type`, `title`, `status`, `code`, `detail` and, for
/// 5xx, `request_id`.
class http_error : public std::exception {
 public:
  /// `code` is a short stable identifier for programs (`"out_of_stock"`), shown to the client.
  /// `internal` is for the log only. A `status` below 400 is a programming error and is answered as 500.
  explicit http_error(status status, std::string code = {}, std::string internal = {})
      : status_{status}, code_{std::move(code)}, internal_{std::move(internal)} {}

  /// Adds a sentence for the client, the problem document's `detail`.
  http_error& detail(std::string text) & {
    detail_ = std::move(text);
    return *this;
  }
  http_error&& detail(std::string text) && { return std::move(detail(std::move(text))); }

  /// Adds a field to the answer, such as `Retry-After`. Refused as `response::set` refuses.
  http_error& set(std::string name, std::string value) & {
    fields_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  http_error&& set(std::string name, std::string value) && { return std::move(set(std::move(name), std::move(value))); }

  /// Adds a member of its own to the problem document (RFC 9457 section 3.2), such as `pointer`. The names of
  /// the members above are left out.
  http_error& member(std::string name, std::string text) & {
    members_.emplace_back(std::move(name), std::move(text));
    return *this;
  }
  http_error&& member(std::string name, std::string text) && {
    return std::move(member(std::move(name), std::move(text)));
  }

  [[nodiscard]] status status_code() const noexcept { return status_; }
  [[nodiscard]] std::string_view code() const noexcept { return code_; }
  [[nodiscard]] std::string_view detail() const noexcept { return detail_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const noexcept { return fields_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& members() const noexcept { return members_; }
  /// The internal text. Never sent to a client.
  [[nodiscard]] const char* what() const noexcept override { return internal_.c_str(); }

 private:
  status status_;
  std::string code_;
  std::string internal_;
  std::string detail_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace baton
