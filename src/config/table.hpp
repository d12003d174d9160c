// The table of all options: the one place that knows their names, meanings, ranges and members. Flags,
// file, `--help`, `--print-config` and the checks all walk it. Defaults are not in it: the members'
// initialisers in baton/options.hpp are the defaults, and the table prints them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>

#include "config/forms.hpp"

namespace baton::config {

/// What the options fill.
struct values {
  baton::options settings;
  std::map<std::string, std::string, std::less<>> own;
};

struct entry {
  std::string name;
  std::string help;
  std::string hint;  ///< the kind of value, as in `--limits.head SIZE`
  bool repeatable = false;
  std::function<void(values& into)> clear;  ///< of a repeatable option: forgets what a weaker place has said
  std::function<problem(std::string_view text, values& into)> parse;  ///< on error `into` is unchanged
  std::function<std::vector<std::string>(const values& from)> print;  ///< one text per occurrence
};

/// In the order of `--help` and the file: options without a group first.
using table = std::vector<entry>;

/// The library's own options.
[[nodiscard]] table builtin_options();
/// A program's own option. Its fallback must have been put into `values::own`.
[[nodiscard]] entry own_option_entry(const std::string& name, std::string help);

[[nodiscard]] const entry* find(const table& options, std::string_view name) noexcept;

/// `limits` of `limits.head`; empty for an option without a group.
[[nodiscard]] std::string_view group_of(std::string_view name) noexcept;

/// What spans several options and holds for `settings` as a whole: `limits.target` against
/// `limits.head`, a signature and its key, certificates and keys, and one or more listeners, none twice. The first
/// member names the option to blame.
struct conflict {
  std::string name;
  std::size_t occurrence = 0;  ///< which one, of a repeatable option
  std::string text;
};
[[nodiscard]] std::vector<conflict> conflicts(const baton::options& settings);

}  // namespace baton::config
