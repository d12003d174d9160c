// A JSON document as a tree, read strictly (RFC 8259, and RFC 7493 where that is narrower): no comments, no
// trailing commas, valid UTF-8, no member twice, depth and number of values bounded. Boost.JSON tokenises it.
//
// Rejected: boost::json::value, which keeps the last of two equal members and tells nobody, and brings its
// header everywhere. Members lie in the order received and are looked for one by one: there is no table of hashes
// that a client could fill one bucket of. What grows with what the client sends is sorted, not hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace baton {

struct json_member;

/// Null, or one of the alternatives below.
class json_value {
 public:
  using array = std::vector<json_value>;
  /// In the order received; no name twice.
  using object = std::vector<json_member>;
  /// An integer is an `std::int64_t` if it fits, else an `std::uint64_t`, else a double; what has a fraction or an
  /// exponent is a double.
  using alternatives =
      std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, array, object>;

  json_value() noexcept;
  explicit json_value(alternatives what) noexcept;
  json_value(const json_value&);
  json_value(json_value&&) noexcept;
  json_value& operator=(const json_value&);
  json_value& operator=(json_value&&) noexcept;
  ~json_value();

  [[nodiscard]] const alternatives& get() const noexcept { return what_; }
  template <class T>
  [[nodiscard]] const T* get_if() const noexcept {
    return std::get_if<T>(&what_);
  }
  [[nodiscard]] bool is_null() const noexcept { return what_.index() == 0; }
  /// The member `name` of an object; null if it has none or is none. Looks at one member after the other.
  [[nodiscard]] const json_value* find(std::string_view name) const noexcept;
  /// "an object", "a string", ...; "null".
  [[nodiscard]] std::string_view kind() const noexcept;

 private:
  alternatives what_;
};

struct json_member {
  std::string name;
  json_value value;
};

/// What is taken from a client. A constructor, as an awaited expression may name it.
struct json_options {
  json_options() noexcept {}
  std::size_t depth = 32;        ///< arrays and objects within each other; at least 1
  std::size_t values = 100'000;  ///< of all kinds in the document, each takes 40 bytes and its text
  bool unknown_members = false;  ///< members that the type does not have are passed over, instead of refused
  bool missing_members = false;  ///< members that are missing keep the value of a default-constructed type
};

/// Reads a whole document. Throws a 400 http_error whose code is `bad_json`, `json_too_deep`, `json_too_large` or
/// `duplicate_member`; the last has the member `pointer`, an RFC 6901 pointer to where it is.
[[nodiscard]] json_value parse_json(std::string_view text, const json_options& bounds = {});

}  // namespace baton
