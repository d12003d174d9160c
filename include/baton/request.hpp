// A request as its handler sees it. Names, values, target and body are views into the connection's
// buffers: no copy is made of what the client sent. They are valid until the handler's answer is
// complete; a coroutine handler may use them after every `co_await`.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <baton/client_address.hpp>
#include <baton/connection_info.hpp>
#include <baton/http_error.hpp>
#include <baton/request_values.hpp>
#include <baton/types.hpp>

namespace baton {

namespace http {
class request_access;
class exchange;
}  // namespace http

/// One field line, in the order received. `value` has no leading or trailing white space.
struct field_line {
  field id = field::unknown;
  std::string_view name;
  std::string_view value;
};

/// One matched wildcard of the route's pattern, percent-decoded.
struct path_param {
  std::string_view name;
  std::string_view value;
};

/// Used by one worker thread at a time; a `blocking` handler has it to itself while it runs.
class request {
 public:
  request() = default;
  request(const request&) = delete;
  request& operator=(const request&) = delete;

  /// The method; `method::unknown` for a token that is not registered, see `method_text()`.
  [[nodiscard]] baton::method method() const noexcept { return method_; }
  [[nodiscard]] std::string_view method_text() const noexcept { return method_text_; }

  /// The request target exactly as received (RFC 9112 section 3.2).
  [[nodiscard]] std::string_view target() const noexcept { return target_; }

  /// The target's path, percent-decoded; begins with `/` (it is `*` for `OPTIONS *`). A path with a
  /// `.` or `..` segment, a NUL or a broken percent-encoding never reaches a handler.
  [[nodiscard]] std::string_view path() const noexcept { return path_; }

  /// The target's query without the `?`, not decoded; empty if there is none.
  [[nodiscard]] std::string_view query() const noexcept { return query_; }

  /// The host the client addressed: the authority of an absolute-form target, otherwise `Host`.
  [[nodiscard]] std::string_view host() const noexcept { return host_; }

  /// 10 or 11.
  [[nodiscard]] unsigned version() const noexcept { return version_; }

  /// All field lines in the order received.
  [[nodiscard]] std::span<const field_line> fields() const noexcept { return fields_; }

  /// The first value of a field, nullopt if it is absent. Names compare without regard to case.
  [[nodiscard]] std::optional<std::string_view> get(baton::field id) const noexcept;
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;

  /// Trailer fields of a chunked body (RFC 9112 section 7.1.2), kept apart from `fields()`. Complete
  /// once the body has been read to its end.
  [[nodiscard]] std::span<const field_line> trailers() const noexcept { return trailers_; }

  /// The whole body. Empty in a handler that takes a `body_stream`.
  [[nodiscard]] std::string_view body() const noexcept { return body_; }

  /// `Content-Length`, nullopt for a chunked body, 0 without a body.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept { return content_length_; }

  /// The wildcard `name` of the pattern, converted to `T`: an integer, a floating-point number,
  /// `std::string` or `std::string_view`. Throws a 400 `http_error` with code `invalid_parameter` if
  /// the text is not wholly a `T` in range; throws std::logic_error if the pattern has no such wildcard.
  template <class T = std::string_view>
  [[nodiscard]] T param(std::string_view name) const {
    return convert<T>(name, param_text(name));
  }

  /// The first query parameter `name`, decoded (`%XX`, `+`); nullopt if absent. Throws as `param` does.
  template <class T = std::string>
  [[nodiscard]] std::optional<T> query_param(std::string_view name) const {
    static_assert(!std::same_as<T, std::string_view>,
                  "a decoded query parameter has no storage to view: use std::string");
    const std::optional<std::string> text = query_text(name);
    if (!text) return std::nullopt;
    return convert<T>(name, *text);
  }

  /// As above, with a value for when the parameter is absent.
  template <class T>
  [[nodiscard]] T query_or(std::string_view name, T fallback) const {
    return query_param<T>(name).value_or(std::move(fallback));
  }

  /// All wildcards of the pattern, in its order.
  [[nodiscard]] std::span<const path_param> params() const noexcept { return params_; }

  /// The route's pattern, such as `/users/{id}`; empty while no route has matched.
  [[nodiscard]] std::string_view pattern() const noexcept { return pattern_; }

  /// The connection that the request came on.
  [[nodiscard]] const connection_info& connection() const noexcept { return *connection_; }

  /// Leaves `value` with the request, for middleware and handlers further in, or on the way back; it takes
  /// the place of one of the same type. Give it a type of its own (`struct user { ... }`). Destroyed when the
  /// answer has left, before the next request on the connection is looked at.
  template <class T>
  T& set(T value) {
    if (!values_) values_ = std::make_unique<request_values>();
    return values_->set(std::move(value));
  }

  /// The value of type `T` that was left with `set`, null if there is none.
  template <class T>
  [[nodiscard]] T* value() noexcept {
    return values_ ? values_->get<T>() : nullptr;
  }
  template <class T>
  [[nodiscard]] const T* value() const noexcept {
    return values_ ? values_->get<T>() : nullptr;
  }

  /// The time of day, and a clock that never goes back: the system's, or in a test what the test client's
  /// clock says. What depends on time in a handler or middleware asks here, so that it can be tested.
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept;
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept;

  /// Who sent the request: the connection's peer or, where that is one of `proxies.trusted`, whom it names in
  /// `Forwarded` (RFC 7239) or `X-Forwarded-For`: the last address there that is not trusted itself. What stands
  /// left of an element that is malformed, or hidden (`unknown`, `_name`), is not believed. Computed at each call.
  [[nodiscard]] client_address client() const noexcept;

  /// `http` or `https`: what the client spoke, by the connection or, where that comes from one of `proxies.trusted`,
  /// by the `proto` of the `Forwarded` element that names `client()`, or by `X-Forwarded-Proto`.
  [[nodiscard]] std::string_view scheme() const noexcept;

  /// An identifier for logs and for the client's error report; unique across processes.
  [[nodiscard]] std::string id() const;

 private:
  friend class http::request_access;

  [[nodiscard]] std::string_view param_text(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> query_text(std::string_view name) const;
  [[noreturn]] static void refuse_parameter(std::string_view name);

  template <class T>
  [[nodiscard]] static T convert(std::string_view name, std::string_view text) {
    if constexpr (std::same_as<T, std::string_view>) {
      return text;
    } else if constexpr (std::same_as<T, std::string>) {
      return std::string{text};
    } else {
      T value{};
      const char* const end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data(), end, value);
      if (error != std::errc{} || stop != end) refuse_parameter(name);
      return value;
    }
  }

  baton::method method_ = method::unknown;
  unsigned version_ = 11;
  std::string_view method_text_;
  std::string_view target_;
  std::string_view path_;
  std::string_view query_;
  std::string_view host_;
  std::string_view body_;
  std::string_view pattern_;
  std::optional<std::uint64_t> content_length_;
  std::vector<field_line> fields_;
  std::vector<field_line> trailers_;
  std::vector<path_param> params_;
  std::string path_storage_;  // the decoded path, where it differs from the target's
  const connection_info* connection_ = nullptr;
  http::exchange* exchange_ = nullptr;
  std::uint64_t serial_ = 0;
  std::unique_ptr<request_values> values_;  // none until one is set
};

}  // namespace baton
