// The command line's flags, told apart by Boost.Program_options. Abbreviations are off: what `--lim` means
// would change with the next version's options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/setting.hpp"
#include "config/table.hpp"

namespace baton::config {

/// A flag that is no option: it cannot stand in the file.
struct special_flag {
  std::string_view name;
  std::string_view hint;  ///< empty: takes no value
  std::string_view help;
};
[[nodiscard]] const std::vector<special_flag>& special_flags();

struct command_line {
  std::vector<setting> settings;  ///< unknown names included
  std::vector<complaint> complaints;
  std::string conf_file;  ///< empty: none
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  bool supervise = false;
};

/// `arguments` without the program's name. If `options` has an own option `version`, `--version TEXT`
/// sets it, and only without a text it is the special flag.
[[nodiscard]] command_line split_command_line(std::vector<std::string> arguments, const table& options);

}  // namespace baton::config
