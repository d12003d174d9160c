// What `--help` and `--print-config` print.
#pragma once

#include <string>
#include <string_view>

#include "config/table.hpp"

namespace baton::config {

/// Grouped, each option with its kind of value and its default.
[[nodiscard]] std::string help_text(std::string_view program, const table& options, const values& defaults);

/// A complete conf file; parsing it gives `in_force` again.
[[nodiscard]] std::string conf_text(const table& options, const values& in_force);

}  // namespace baton::config
