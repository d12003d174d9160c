#include "os/process_image.hpp"

#include <array>
#include <cstdlib>
#include <memory>

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

namespace baton::os {
namespace {

constexpr std::array<std::string_view, 6> inheritance_variables{
    "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES", "BATON_CHANNEL_FD", "BATON_STDERR_FD"};

bool same_directory(const char* a, const char* b) noexcept {
  struct stat of_a {};
  struct stat of_b {};
  return ::stat(a, &of_a) == 0 && ::stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

std::string start_directory() {
  const char* const named = std::getenv("PWD");
  if (named != nullptr && named[0] == '/' && same_directory(named, ".")) return named;
  const std::unique_ptr<char, void (*)(void*)> found{::getcwd(nullptr, 0), std::free};
  return found ? std::string{found.get()} : std::string{};
}

bool can_be_run(const std::string& path) noexcept {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// As execvp searches: an empty part of PATH is the current directory.
std::string search_path(const std::string& name) {
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  for (;;) {
    const auto colon = rest.find(':');
    const std::string_view part = rest.substr(0, colon);
    std::string candidate = part.empty() ? "./" + name : std::string{part} + "/" + name;
    if (can_be_run(candidate)) return candidate;
    if (colon == std::string_view::npos) return name;
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace

bool is_inheritance_variable(std::string_view name) noexcept {
  for (const auto variable : inheritance_variables) {
    if (variable == name) return true;
  }
  return false;
}

process_image process_image::capture(int argc, const char* const* argv) {
  process_image image;
  image.arguments.assign(argv, argv + argc);
  if (argc > 0) {
    image.binary =
        image.arguments[0].find('/') == std::string::npos ? search_path(image.arguments[0]) : image.arguments[0];
  }
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (!is_inheritance_variable(text.substr(0, text.find('=')))) image.environment.emplace_back(text);
  }
  image.directory = start_directory();
  return image;
}

std::string process_image::from_directory(const std::string& path) const {
  if (path.starts_with('/') || directory.empty()) return path;
  return directory + (directory.ends_with('/') ? "" : "/") + path;
}

process_image process_image::with_first_argument(std::string argument) const {
  process_image image{*this};
  image.arguments.insert(image.arguments.begin() + (image.arguments.empty() ? 0 : 1), std::move(argument));
  return image;
}

void restore_process_name(const process_image& image) noexcept {
  const auto* const executed = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  if (executed == nullptr || !std::string_view{executed}.starts_with("/dev/fd/")) return;
  ::prctl(PR_SET_NAME, image.binary.c_str() + (image.binary.rfind('/') + 1));
}

}  // namespace baton::os
