// Form fields and query parameters, all of them in the order sent (application/x-www-form-urlencoded, WHATWG URL
// section 5). `request::query_param` is enough for one parameter; multipart forms are in baton/multipart.hpp.
//
// A list that is looked through, not a table of hashes: the number of fields is bounded, and nobody can send
// names that fall into one bucket.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <baton/request.hpp>

namespace baton {

/// Decoded; any bytes.
struct form_field {
  std::string name;
  std::string value;
};

class form_fields {
 public:
  form_fields() = default;
  explicit form_fields(std::vector<form_field> all) noexcept : all_{std::move(all)} {}

  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
  [[nodiscard]] auto end() const noexcept { return all_.end(); }

  /// The first value of `name`, null if there is none.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  /// Every value of `name`, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

  /// The first value of `name` as a `T` (an integer, a floating-point number, std::string); nullopt if it is absent.
  /// Throws a 400 http_error with code `invalid_parameter` if it is not wholly a `T` in range.
  template <class T = std::string>
  [[nodiscard]] std::optional<T> get(std::string_view name) const {
    const std::string* const text = find(name);
    if (text == nullptr) return std::nullopt;
    if constexpr (std::same_as<T, std::string>) {
      return *text;
    } else {
      T value{};
      const char* const end = text->data() + text->size();
      const auto [stop, error] = std::from_chars(text->data(), end, value);
      if (error != std::errc{} || stop != end) refuse(name);
      return value;
    }
  }
  /// As `get`; throws a 400 http_error with code `missing_parameter` where it is absent.
  template <class T = std::string>
  [[nodiscard]] T require(std::string_view name) const {
    std::optional<T> found = get<T>(name);
    if (!found) refuse_missing(name);
    return *std::move(found);
  }

 private:
  [[noreturn]] static void refuse(std::string_view name);
  [[noreturn]] static void refuse_missing(std::string_view name);

  std::vector<form_field> all_;
};

/// More fields than this are refused, not left out.
inline constexpr std::size_t usual_form_fields = 1000;

/// Reads `name=value&name=value`, with `%XX` and `+`. Throws a 400 http_error: `bad_form` for a broken escape,
/// `too_many_fields` for more than `limit`. Empty parts (`&&`) are passed over.
[[nodiscard]] form_fields parse_urlencoded(std::string_view text, std::size_t limit = usual_form_fields);

/// The query of the request's target. Throws as parse_urlencoded.
[[nodiscard]] form_fields query_of(const request& req, std::size_t limit = usual_form_fields);

/// The body of a submitted form; not in a streaming handler. Throws as parse_urlencoded, and 415 where Content-Type is
/// not `application/x-www-form-urlencoded`.
[[nodiscard]] form_fields form_of(const request& req, std::size_t limit = usual_form_fields);

}  // namespace baton
