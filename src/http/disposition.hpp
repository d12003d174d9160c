// Parameters behind a field's value (RFC 9110 section 5.6.6), and the one field that every part of a form must
// have (RFC 7578 section 4.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <baton/multipart.hpp>

namespace baton::http {

struct parameter {
  std::string name;
  std::string value;
};

/// `; name=token; name="quoted"`, as it stands behind a value; at most 16. nullopt if it is malformed, or a name is
/// there twice. In quotes only `\"` and `\\` are escapes: browsers send backslashes of file names as they are.
[[nodiscard]] std::optional<std::vector<parameter>> parse_parameters(std::string_view text);

/// Names compare without regard to case; null if it is absent.
[[nodiscard]] const std::string* find_parameter(const std::vector<parameter>& all, std::string_view name) noexcept;

struct disposition {
  std::string name;
  std::optional<std::string> filename;
};

/// What `Content-Disposition: form-data` says. nullopt if the field is absent, there twice, of another kind or without
/// a name, or if Content-Transfer-Encoding says that the content is not as it is.
[[nodiscard]] std::optional<disposition> disposition_of(const std::vector<part_field>& fields);

}  // namespace baton::http
