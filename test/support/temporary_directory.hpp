// A directory that a test fills and that goes with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace baton::test {

class temporary_directory {
 public:
  temporary_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "baton-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp " + pattern};
    path_ = pattern;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a file at once, by rename: a reader sees the old or the new one whole.
  std::string write(std::string_view name, std::string_view text, bool executable = false) const {
    const auto target = path_ / name;
    const auto draft = target.string() + ".new";
    std::ofstream{draft} << text;
    using std::filesystem::perms;
    if (executable) std::filesystem::permissions(draft, perms::owner_all);
    std::filesystem::rename(draft, target);
    return target.string();
  }
  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream in{path_ / name};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace baton::test
