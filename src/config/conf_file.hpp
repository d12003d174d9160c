// The conf file's lines: `[group]`, `name = value`, comments from a `#` that begins a line or follows a
// blank. As Boost.Program_options writes it, but with line numbers, all errors instead of the first, and
// a `#` inside a word left alone, since paths may have one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/setting.hpp"

namespace baton::config {

struct conf_lines {
  std::vector<setting> settings;      ///< names with their group: `limits.head`
  std::vector<complaint> complaints;  ///< lines that are neither
};

/// `file` names the text in places; it must not be empty.
[[nodiscard]] conf_lines split_conf_file(std::string_view text, const std::string& file);

}  // namespace baton::config
