#include <baton/json_value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/core.h>
#include <boost/json/basic_parser_impl.hpp>

#include <baton/http_error.hpp>

#include "http/json_pointer.hpp"

namespace baton {

json_value::json_value() noexcept = default;
json_value::json_value(alternatives what) noexcept : what_{std::move(what)} {}
json_value::json_value(const json_value&) = default;
json_value::json_value(json_value&&) noexcept = default;
json_value& json_value::operator=(const json_value&) = default;
json_value& json_value::operator=(json_value&&) noexcept = default;
json_value::~json_value() = default;

const json_value* json_value::find(std::string_view name) const noexcept {
  const object* const members = get_if<object>();
  if (members == nullptr) return nullptr;
  const auto at = std::find_if(members->begin(), members->end(), [&](const json_member& m) { return m.name == name; });
  return at == members->end() ? nullptr : &at->value;
}

std::string_view json_value::kind() const noexcept {
  switch (what_.index()) {
    case 0:
      return "null";
    case 1:
      return "a boolean";
    case 5:
      return "a string";
    case 6:
      return "an array";
    case 7:
      return "an object";
    default:
      return "a number";
  }
}

namespace {

namespace json = boost::json;

enum class fault : std::uint8_t { none, duplicate, too_many, number };

// Builds the tree from the tokeniser's events. Open arrays and objects are on a stack of their own, so that
// a document takes no stack of the thread's.
struct builder {
  static constexpr std::size_t max_object_size = ~std::size_t{0};
  static constexpr std::size_t max_array_size = ~std::size_t{0};
  static constexpr std::size_t max_key_size = ~std::size_t{0};
  static constexpr std::size_t max_string_size = ~std::size_t{0};

  struct level {
    json_value::alternatives what;
    std::string name;  // of the member that comes next, in an object
  };

  std::size_t values_left = 0;
  std::vector<level> open{};
  json_value result{};
  std::string text{};
  fault found = fault::none;
  std::string pointer{};

  bool fail(fault what, boost::system::error_code& ec) {
    found = what;
    ec = json::error::syntax;
    return false;
  }

  bool add(json_value::alternatives what, boost::system::error_code& ec) {
    if (values_left == 0) return fail(fault::too_many, ec);
    --values_left;
    put(json_value{std::move(what)});
    return true;
  }
  void put(json_value made) {
    if (open.empty()) {
      result = std::move(made);
    } else if (auto* const array = std::get_if<json_value::array>(&open.back().what)) {
      array->push_back(std::move(made));
    } else {
      std::get<json_value::object>(open.back().what).push_back({std::move(open.back().name), std::move(made)});
    }
  }
  bool enter(json_value::alternatives what, boost::system::error_code& ec) {
    if (values_left == 0) return fail(fault::too_many, ec);
    --values_left;
    open.push_back({std::move(what), {}});
    return true;
  }
  bool leave() {
    json_value made{std::move(open.back().what)};
    open.pop_back();
    put(std::move(made));
    return true;
  }

  // Where the document is: of every level the member or element that is being read.
  [[nodiscard]] std::string where() const {
    std::string at;
    for (const level& each : open) {
      const auto* const array = std::get_if<json_value::array>(&each.what);
      if (&each == &open.back()) break;
      http::append_pointer(at, array != nullptr ? std::to_string(array->size()) : each.name);
    }
    return at;
  }

  bool refuse_duplicates(boost::system::error_code& ec) {
    const auto& members = std::get<json_value::object>(open.back().what);
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const json_member& each : members) names.emplace_back(each.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return true;
    pointer = where();
    http::append_pointer(pointer, *twice);
    return fail(fault::duplicate, ec);
  }

  using ec_ref = boost::system::error_code&;
  static bool on_document_begin(ec_ref) { return true; }
  static bool on_document_end(ec_ref) { return true; }
  bool on_object_begin(ec_ref ec) { return enter(json_value::object{}, ec); }
  bool on_object_end(std::size_t, ec_ref ec) { return refuse_duplicates(ec) && leave(); }
  bool on_array_begin(ec_ref ec) { return enter(json_value::array{}, ec); }
  bool on_array_end(std::size_t, ec_ref) { return leave(); }
  bool on_key_part(json::string_view part, std::size_t, ec_ref) { return gather(part); }
  bool on_key(json::string_view part, std::size_t, ec_ref) {
    gather(part);
    open.back().name = std::exchange(text, {});
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, ec_ref) { return gather(part); }
  bool on_string(json::string_view part, std::size_t, ec_ref ec) {
    gather(part);
    return add(std::exchange(text, {}), ec);
  }
  bool on_number_part(json::string_view part, ec_ref) { return gather(part); }
  bool on_int64(std::int64_t number, json::string_view, ec_ref ec) {
    text.clear();
    return add(number, ec);
  }
  bool on_uint64(std::uint64_t number, json::string_view, ec_ref ec) {
    text.clear();
    return add(number, ec);
  }
  // Boost 1.81 may be off by one unit in the last place; the text says it exactly.
  bool on_double(double number, json::string_view part, ec_ref ec) {
    gather(part);
    static_cast<void>(std::from_chars(text.data(), text.data() + text.size(), number));
    text.clear();
    return std::isfinite(number) ? add(number, ec) : fail(fault::number, ec);
  }
  bool on_bool(bool value, ec_ref ec) { return add(value, ec); }
  bool on_null(ec_ref ec) { return add(std::monostate{}, ec); }
  static bool on_comment_part(json::string_view, ec_ref) { return true; }
  static bool on_comment(json::string_view, ec_ref) { return true; }

  bool gather(json::string_view part) {
    text.append(part.data(), part.size());
    return true;
  }
};

[[noreturn]] void refuse(const char* code, std::string detail) {
  throw http_error{status::bad_request, code}.detail(std::move(detail));
}

[[noreturn]] void refuse(const builder& made, const boost::system::error_code& ec, std::size_t offset,
                         const json_options& bounds) {
  if (made.found == fault::too_many) {
    refuse("json_too_large", fmt::format("the document has more than {} values", bounds.values));
  }
  if (made.found == fault::duplicate) {
    http_error twice{status::bad_request, "duplicate_member"};
    twice.detail("a member is there twice").member("pointer", made.pointer);
    throw twice;
  }
  if (made.found == fault::number) refuse("bad_json", fmt::format("a number is too large at byte {}", offset));
  if (ec == json::error::too_deep) {
    refuse("json_too_deep", fmt::format("the document is nested more than {} deep", bounds.depth));
  }
  refuse("bad_json", fmt::format("the document is not JSON: {} at byte {}", ec.message(), offset));
}

}  // namespace

json_value parse_json(std::string_view text, const json_options& bounds) {
  json::parse_options how;
  how.max_depth = bounds.depth;
  json::basic_parser<builder> parser{how};
  parser.handler().values_left = bounds.values;
  boost::system::error_code ec;
  std::size_t taken = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec) {
    taken = std::min(text.find_first_not_of(" \t\r\n", taken), text.size());
    if (taken != text.size()) ec = json::error::extra_data;
  }
  if (!ec && !parser.done()) ec = json::error::incomplete;
  if (ec) refuse(parser.handler(), ec, taken, bounds);
  return std::move(parser.handler().result);
}

}  // namespace baton
