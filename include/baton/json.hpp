// JSON in and out of structs that Boost.Describe knows:
//
//     struct order { std::string article; int count; std::optional<std::string> note; };
//     BOOST_DESCRIBE_STRUCT(order, (), (article, count, note))
//
//     routes.post("/orders", [](baton::request& req) {
//       const auto wanted = baton::json_of<order>(req);
//       return baton::json_response(wanted, baton::status::created);
//     });
//
// Members may be: bool, integers, floating-point numbers, std::string, described enums (by name), described structs,
// std::optional, std::vector, std::map<std::string, T>, std::variant (the first alternative that fits), json_value.
// No unordered_map: its hash is known, and a client could put all keys into one bucket.
//
// Reading is strict: whatever is not wholly a `T` is an error that names the place by a JSON pointer. Rejected:
// boost::json::value_to, which throws at the first member without saying which.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <baton/json_value.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

namespace json_detail {

/// Where a value is, as links up the stack; becomes text only for an error.
struct place {
  const place* above = nullptr;
  std::string_view name{};
  std::size_t index = 0;  ///< without a name
};

/// The first thing that is wrong; `pointer` is meaningful with a `detail`.
struct failure {
  std::string pointer;
  std::string detail;
};

bool fail(failure& into, const place& at, std::string detail);
bool expected(failure& into, const place& at, std::string_view what, const json_value& found);
bool read_signed(const json_value& from, std::int64_t low, std::int64_t high, std::int64_t& to);
bool read_unsigned(const json_value& from, std::uint64_t high, std::uint64_t& to);
bool read_double(const json_value& from, double& to);
[[noreturn]] void refuse(const failure& why);
/// The body of `req`, whose Content-Type says that it is JSON.
[[nodiscard]] json_value document_of(const request& req, const json_options& bounds);

void append(std::string& out, std::string_view text);
void append(std::string& out, std::int64_t number);
void append(std::string& out, std::uint64_t number);
void append(std::string& out, double number);
void append(std::string& out, const json_value& value);

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

// What a member may be, one reader each: `to` is filled, or `why` says what is wrong at `at`.
template <class T>
struct reader;

template <class T>
bool read(const json_value& from, T& to, const json_options& how, const place& at, failure& why) {
  return reader<T>::read(from, to, how, at, why);
}

template <>
struct reader<bool> {
  static bool read(const json_value& from, bool& to, const json_options&, const place& at, failure& why) {
    const bool* const found = from.get_if<bool>();
    if (found == nullptr) return expected(why, at, "a boolean", from);
    to = *found;
    return true;
  }
};

template <>
struct reader<std::string> {
  static bool read(const json_value& from, std::string& to, const json_options&, const place& at, failure& why) {
    const auto* const found = from.get_if<std::string>();
    if (found == nullptr) return expected(why, at, "a string", from);
    to = *found;
    return true;
  }
};

template <>
struct reader<json_value> {
  static bool read(const json_value& from, json_value& to, const json_options&, const place&, failure&) {
    to = from;
    return true;
  }
};

template <std::signed_integral T>
struct reader<T> {
  static bool read(const json_value& from, T& to, const json_options&, const place& at, failure& why) {
    std::int64_t found = 0;
    using bounds = std::numeric_limits<T>;
    if (!read_signed(from, bounds::min(), bounds::max(), found)) return expected(why, at, "an integer in range", from);
    to = static_cast<T>(found);
    return true;
  }
};

template <std::unsigned_integral T>
struct reader<T> {
  static bool read(const json_value& from, T& to, const json_options&, const place& at, failure& why) {
    std::uint64_t found = 0;
    if (!read_unsigned(from, std::numeric_limits<T>::max(), found)) {
      return expected(why, at, "an integer in range, not negative", from);
    }
    to = static_cast<T>(found);
    return true;
  }
};

template <std::floating_point T>
struct reader<T> {
  static bool read(const json_value& from, T& to, const json_options&, const place& at, failure& why) {
    double found = 0;
    if (!read_double(from, found)) return expected(why, at, "a number", from);
    to = static_cast<T>(found);
    return true;
  }
};

template <described_enum T>
struct reader<T> {
  static bool read(const json_value& from, T& to, const json_options&, const place& at, failure& why) {
    const auto* const name = from.get_if<std::string>();
    if (name == nullptr) return expected(why, at, "a string", from);
    bool known = false;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto each) {
      if (known || *name != each.name) return;
      to = each.value;
      known = true;
    });
    return known || fail(why, at, "is none of the values that are known");
  }
};

template <class T>
struct reader<std::optional<T>> {
  static bool read(const json_value& from, std::optional<T>& to, const json_options& how, const place& at,
                   failure& why) {
    if (from.is_null()) {
      to.reset();
      return true;
    }
    return json_detail::read(from, to.emplace(), how, at, why);
  }
};

template <class T>
struct reader<std::vector<T>> {
  static bool read(const json_value& from, std::vector<T>& to, const json_options& how, const place& at, failure& why) {
    const auto* const all = from.get_if<json_value::array>();
    if (all == nullptr) return expected(why, at, "an array", from);
    to.clear();
    for (std::size_t i = 0; i != all->size(); ++i) {
      T element{};
      if (!json_detail::read((*all)[i], element, how, place{&at, {}, i}, why)) return false;
      to.push_back(std::move(element));
    }
    return true;
  }
};

template <class T>
struct reader<std::map<std::string, T>> {
  static bool read(const json_value& from, std::map<std::string, T>& to, const json_options& how, const place& at,
                   failure& why) {
    const auto* const all = from.get_if<json_value::object>();
    if (all == nullptr) return expected(why, at, "an object", from);
    to.clear();
    for (const json_member& each : *all) {
      if (!json_detail::read(each.value, to[each.name], how, place{&at, each.name, 0}, why)) return false;
    }
    return true;
  }
};

template <class... T>
struct reader<std::variant<T...>> {
  static bool read(const json_value& from, std::variant<T...>& to, const json_options& how, const place& at,
                   failure& why) {
    const bool fits = (take<T>(from, to, how, at) || ...);
    return fits || fail(why, at, "is none of the things that are expected here");
  }

 private:
  template <class Each>
  static bool take(const json_value& from, std::variant<T...>& to, const json_options& how, const place& at) {
    Each found{};
    failure ignored;
    if (!json_detail::read(from, found, how, at, ignored)) return false;
    to.template emplace<Each>(std::move(found));
    return true;
  }
};

template <described_struct T>
struct reader<T> {
  static bool read(const json_value& from, T& to, const json_options& how, const place& at, failure& why) {
    const auto* const all = from.get_if<json_value::object>();
    if (all == nullptr) return expected(why, at, "an object", from);
    bool good = true;
    std::size_t known = 0;
    boost::mp11::mp_for_each<members_of<T>>([&](auto each) {
      if (good) good = take(from, to.*each.pointer, each.name, known, how, at, why);
    });
    if (!good || how.unknown_members || known == all->size()) return good;
    return refuse_unknown(*all, at, why);
  }

 private:
  template <class M>
  static bool take(const json_value& from, M& to, std::string_view name, std::size_t& known, const json_options& how,
                   const place& at, failure& why) {
    const place here{&at, name, 0};
    const json_value* const found = from.find(name);
    if (found == nullptr) return is_optional<M>::value || how.missing_members || fail(why, here, "is missing");
    ++known;
    return json_detail::read(*found, to, how, here, why);
  }
  static bool refuse_unknown(const json_value::object& all, const place& at, failure& why) {
    for (const json_member& member : all) {
      bool known = false;
      boost::mp11::mp_for_each<members_of<T>>([&](auto each) { known = known || member.name == each.name; });
      if (!known) return fail(why, place{&at, member.name, 0}, "is not known here");
    }
    return true;
  }
};

template <class T>
void write(std::string& out, const T& value);

template <class T>
void write_member(std::string& out, bool& first, std::string_view name, const T& value) {
  if constexpr (is_optional<T>::value) {
    if (!value) return;
  }
  if (!std::exchange(first, false)) out += ',';
  append(out, name);
  out += ':';
  write(out, value);
}

template <class T>
void write_struct(std::string& out, const T& value) {
  bool first = true;
  out += '{';
  boost::mp11::mp_for_each<members_of<T>>([&](auto each) { write_member(out, first, each.name, value.*each.pointer); });
  out += '}';
}

template <class T>
void write_enum(std::string& out, T value) {
  std::string_view name;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto each) {
    if (each.value == value) name = each.name;
  });
  append(out, name);  // empty for a value without a name
}

template <class T>
void write_compound(std::string& out, const std::vector<T>& all) {
  out += '[';
  bool first = true;
  for (const auto& each : all) {
    if (!std::exchange(first, false)) out += ',';
    write<T>(out, each);
  }
  out += ']';
}

template <class T>
void write_compound(std::string& out, const std::map<std::string, T>& all) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : all) {
    if (!std::exchange(first, false)) out += ',';
    append(out, std::string_view{name});
    out += ':';
    write(out, value);
  }
  out += '}';
}

template <class T>
void write_compound(std::string& out, const std::optional<T>& value) {
  if (value) {
    write(out, *value);
  } else {
    out += "null";
  }
}

template <class... T>
void write_compound(std::string& out, const std::variant<T...>& value) {
  std::visit([&](const auto& each) { write(out, each); }, value);
}

template <class T>
void write(std::string& out, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::signed_integral<T>) {
    append(out, static_cast<std::int64_t>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    append(out, static_cast<std::uint64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    append(out, static_cast<double>(value));
  } else if constexpr (std::same_as<T, json_value>) {
    append(out, value);
  } else if constexpr (described_enum<T>) {
    write_enum(out, value);
  } else if constexpr (described_struct<T>) {
    write_struct(out, value);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    append(out, std::string_view{value});
  } else {
    write_compound(out, value);
  }
}

}  // namespace json_detail

/// `text` as a `T`. Throws the 400 errors of parse_json, and a 422 http_error with code `invalid_member` and the
/// member `pointer` where the document is JSON but no `T`.
template <class T>
[[nodiscard]] T from_json(const json_value& document, const json_options& how = {}) {
  T result{};
  json_detail::failure why;
  if (!json_detail::read(document, result, how, json_detail::place{}, why)) json_detail::refuse(why);
  return result;
}
template <class T>
[[nodiscard]] T from_json(std::string_view text, const json_options& how = {}) {
  return from_json<T>(parse_json(text, how), how);
}

/// The body of `req` as a `T`; not in a streaming handler, for which it is not collected. Its size is bounded by the
/// route's limit. Throws as above, and 415 where Content-Type is neither `application/json` nor ends in `+json`.
template <class T>
[[nodiscard]] T json_of(const request& req, const json_options& how = {}) {
  return from_json<T>(json_detail::document_of(req, how), how);
}

/// One line without spaces. Optionals without a value are left out of objects; text that is not UTF-8 has its
/// bad bytes replaced; infinities and NaN become null.
template <class T>
[[nodiscard]] std::string to_json(const T& value) {
  std::string out;
  json_detail::write(out, value);
  return out;
}

/// `application/json`.
template <class T>
[[nodiscard]] response json_response(const T& value, status with = status::ok) {
  return response::json(to_json(value), with);
}

}  // namespace baton
