// What the access log is not to show of a request: values of query parameters, and whole fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace baton::http {

/// What stands in the place of a value that is hidden.
inline constexpr std::string_view hidden_value = "***";

/// What is not to be written, see access_log_options::redact.
class redactions {
 public:
  redactions() = default;
  explicit redactions(const std::vector<std::string>& names);

  /// Appends `target`, with `***` for the values of query parameters that are hidden. Their names are compared
  /// decoded and without regard to case.
  void append_target(std::string& out, std::string_view target) const;
  /// Whether the value of the request field is hidden.
  [[nodiscard]] bool hides_field(std::string_view name) const noexcept;

 private:
  [[nodiscard]] bool hides_parameter(std::string_view name) const;

  std::vector<std::string> parameters_;
  std::vector<std::string> fields_;
};

}  // namespace baton::http
