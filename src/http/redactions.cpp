#include "http/redactions.hpp"

#include <algorithm>

#include "http/percent.hpp"
#include "http/syntax.hpp"

namespace baton::http {
namespace {

constexpr std::string_view field_prefix = "field:";

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

}  // namespace

redactions::redactions(const std::vector<std::string>& names) {
  for (const std::string& each : names) {
    const std::string name = lower(each);
    if (name.starts_with(field_prefix)) {
      fields_.push_back(name.substr(field_prefix.size()));
    } else if (!name.empty()) {
      parameters_.push_back(name);
    }
  }
}

bool redactions::hides_field(std::string_view name) const noexcept {
  return std::find(fields_.begin(), fields_.end(), name) != fields_.end();
}

// One that cannot be decoded is compared as it is.
bool redactions::hides_parameter(std::string_view name) const {
  std::string decoded;
  if (!append_decoded(decoded, name, plus_sign::means_space)) decoded = name;
  const auto same = [&](const std::string& hidden) { return iequals(hidden, decoded); };
  return std::any_of(parameters_.begin(), parameters_.end(), same);
}

void redactions::append_target(std::string& out, std::string_view target) const {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos || parameters_.empty()) {
    out += target;
    return;
  }
  out += target.substr(0, mark + 1);
  std::string_view rest = target.substr(mark + 1);
  for (;;) {
    const std::size_t end = rest.find_first_of("&;#");
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && hides_parameter(pair.substr(0, equals))) {
      out += pair.substr(0, equals + 1);
      out += hidden_value;
    } else {
      out += pair;
    }
    if (end == std::string_view::npos) return;
    out += rest[end];
    rest.remove_prefix(end + 1);
  }
}

}  // namespace baton::http
