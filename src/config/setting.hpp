// One `name = value` as somebody wrote it, with the place, and what there is to complain about.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace baton::config {

struct place {
  std::string file;      ///< empty: the command line
  std::size_t line = 0;  ///< from 1; zero on the command line

  [[nodiscard]] bool on_command_line() const noexcept { return file.empty(); }
};

struct setting {
  std::string name;
  std::string value;
  place where;
};

struct complaint {
  place where;
  std::string text;
};

/// The option as its writer knows it: `--limits.head` on the command line, `limits.head` in a file.
[[nodiscard]] inline std::string shown_name(const std::string& name, const place& where) {
  return where.on_command_line() ? "--" + name : name;
}

/// `conf/baton.conf:12: text`, or the text alone for the command line.
[[nodiscard]] std::string to_string(const complaint& what);

/// The first 20, a line each, and how many more there are. Empty for none.
[[nodiscard]] std::string report(const std::vector<complaint>& complaints);

}  // namespace baton::config
