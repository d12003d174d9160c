// What the templates of <baton/json.hpp> need and need not be a template for.
#include <baton/json.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "http/json_pointer.hpp"
#include "http/json_text.hpp"
#include "http/syntax.hpp"

namespace baton::json_detail {
namespace {

void append_place(std::string& out, const place& at) {
  if (at.above == nullptr) return;  // the whole document
  append_place(out, *at.above);
  http::append_pointer(out, at.name.data() == nullptr ? std::to_string(at.index) : std::string{at.name});
}

// `application/json` or another type whose structure is JSON (RFC 6839 section 3.1).
bool is_json(std::string_view type) noexcept {
  type = http::trim(type.substr(0, type.find(';')));
  if (http::iequals(type, "application/json")) return true;
  constexpr std::string_view suffix = "+json";
  return type.size() > suffix.size() && http::iequals(type.substr(type.size() - suffix.size()), suffix);
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;  // NOLINT: written before read
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

}  // namespace

bool fail(failure& into, const place& at, std::string detail) {
  into.pointer.clear();
  append_place(into.pointer, at);
  into.detail = std::move(detail);
  return false;
}

bool expected(failure& into, const place& at, std::string_view what, const json_value& found) {
  return fail(into, at, fmt::format("{} is expected here, not {}", what, found.kind()));
}

bool read_signed(const json_value& from, std::int64_t low, std::int64_t high, std::int64_t& to) {
  const auto* const found = from.get_if<std::int64_t>();
  if (found == nullptr || *found < low || *found > high) return false;
  to = *found;
  return true;
}

bool read_unsigned(const json_value& from, std::uint64_t high, std::uint64_t& to) {
  if (const auto* const found = from.get_if<std::int64_t>(); found != nullptr && *found >= 0) {
    to = static_cast<std::uint64_t>(*found);
  } else if (const auto* const large = from.get_if<std::uint64_t>()) {
    to = *large;
  } else {
    return false;
  }
  return to <= high;
}

bool read_double(const json_value& from, double& to) {
  if (const auto* const found = from.get_if<double>()) {
    to = *found;
  } else if (const auto* const whole = from.get_if<std::int64_t>()) {
    to = static_cast<double>(*whole);
  } else if (const auto* const large = from.get_if<std::uint64_t>()) {
    to = static_cast<double>(*large);
  } else {
    return false;
  }
  return true;
}

void refuse(const failure& why) {
  http_error error{status::unprocessable_entity, "invalid_member"};
  const std::string_view name = why.pointer.empty() ? std::string_view{"the document"} : why.pointer;
  error.detail(fmt::format("{}: {}", name, why.detail)).member("pointer", why.pointer);
  throw error;
}

json_value document_of(const request& req, const json_options& bounds) {
  if (!is_json(req.get(field::content_type).value_or(""))) {
    http_error error{status::unsupported_media_type, "json_expected"};
    error.detail("the body must be JSON, and Content-Type say so").set("Accept", "application/json");
    throw error;
  }
  return parse_json(req.body(), bounds);
}

void append(std::string& out, std::string_view text) {
  http::append_json_string(out, text);
}

void append(std::string& out, std::int64_t number) {
  append_number(out, number);
}

void append(std::string& out, std::uint64_t number) {
  append_number(out, number);
}

void append(std::string& out, double number) {
  if (std::isfinite(number)) {
    append_number(out, number);
  } else {
    out += "null";
  }
}

void append(std::string& out, const json_value& value) {
  std::visit(
      [&out](const auto& each) {
        using type = std::remove_cvref_t<decltype(each)>;
        if constexpr (std::same_as<type, std::monostate>) {
          out += "null";
        } else if constexpr (std::same_as<type, json_value::object>) {
          bool first = true;
          out += '{';
          for (const json_member& member : each) write_member(out, first, member.name, member.value);
          out += '}';
        } else {
          write(out, each);
        }
      },
      value.get());
}

}  // namespace baton::json_detail
