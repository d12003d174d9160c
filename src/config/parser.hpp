// Command line and conf file become `baton::options`, once, whole and checked. One table describes every
// option (table.hpp) and serves the flags, the file, `--help`, `--print-config` and the ranges alike.
//
// The command line is Boost.Program_options' work. Its reader of files is not used: it stops at the
// first error and knows no line numbers, and an operator wants all of a file's mistakes at once.
// Program_options stays behind command_line.cpp, for it costs seconds to include.
//
// A parser performs no I/O: files come through the function it was given, and what is to be printed is
// part of the outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>

namespace baton::config {

/// A file's content, or why there is none.
struct file_content {
  std::string text;
  std::string error;  ///< empty: `text` is the file
};
using file_reader = std::function<file_content(const std::string& path)>;

/// Reads a regular file, a pipe or a device, at most 1 MiB of it.
[[nodiscard]] file_content read_file(const std::string& path);
/// As `read_file`, of a regular file alone: a pipe that has been read once would give an empty configuration, or
/// hold up whoever reads it.
[[nodiscard]] file_content read_file_again(const std::string& path);

enum class action : std::uint8_t { run, exit, supervise };

struct outcome {
  action next = action::run;
  /// With `exit`: 0 after `--help`, `--version`, `--check-config` and `--print-config`; 2 after errors.
  int exit_status = 0;
  /// `--check-config` found no mistake: `settings` may be checked further.
  bool check_only = false;
  std::string out;  ///< for standard output, as it is
  std::string err;  ///< for standard error, as it is; empty unless there were errors
  /// With `run`, `supervise` and `check_only`: the options in force.
  baton::options settings;
  /// With `run`: every own option's value by name.
  std::map<std::string, std::string, std::less<>> own;
};

/// One thread at a time.
class parser {
 public:
  explicit parser(file_reader read = read_file);

  /// Adds an own option: `name` or `group.name`, of lower-case letters, digits and `_`; its value is
  /// any text that a line of the conf file can hold. Throws std::invalid_argument if the name is taken
  /// or malformed, or the fallback cannot stand in a file.
  void add_option(std::string_view name, std::string_view help, std::string fallback);

  /// The text of `--version`; default: the library's own. A program may have an own option `version`:
  /// then `--version TEXT` sets it, and only a `--version` without a text prints.
  void version(std::string text);
  [[nodiscard]] const std::string& version() const noexcept { return version_; }

  /// `argv[0]` is skipped (and shown by `--help`). The command line wins over the file named by
  /// `--config`; a `listen` on it replaces all of the file's. Never throws for what was given.
  [[nodiscard]] outcome parse(int argc, const char* const* argv) const;

 private:
  struct own_option {
    std::string name;
    std::string help;
    std::string fallback;
  };
  file_reader read_;
  std::string version_;
  std::vector<own_option> own_;
};

/// What is wrong with options that a program has filled itself, one text each: `limits.head: ...`.
/// Empty: nothing.
[[nodiscard]] std::vector<std::string> problems(const baton::options& settings);

}  // namespace baton::config
