// A program file that a test can replace while a server runs from it: the reference server under a
// path of the test's own, or a small script in its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

namespace baton::test {

class staged_program {
 public:
  /// The reference server itself, at `path()`.
  staged_program();

  [[nodiscard]] std::string path() const { return directory_ / "server"; }
  [[nodiscard]] const temporary_directory& directory() const noexcept { return directory_; }
  /// As `demo`, but run from `path()`.
  [[nodiscard]] launch started(std::vector<std::string> flags = {}) const;

  /// Replaces the file, by rename, with one that starts the reference server with one flag more.
  void replace_with_version(std::string_view version) const;
  /// Replaces it with a script whose `--check-config` succeeds and that otherwise runs `body`.
  void replace_with_script(std::string_view body) const;
  /// Replaces it with these very bytes.
  void replace_with_text(std::string_view text, bool executable = true) const;
  void remove() const;
  /// Puts the reference server back.
  void restore() const;

 private:
  temporary_directory directory_;
};

/// A script that starts the reference server with `--version VERSION`.
[[nodiscard]] std::string version_script(std::string_view version);

}  // namespace baton::test
