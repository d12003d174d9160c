#include "staged_program.hpp"

namespace baton::test {

namespace fs = std::filesystem;

std::string version_script(std::string_view version) {
  return "#!/bin/sh\nexec '" + demo_program() + "' \"$@\" --version '" + std::string{version} + "'\n";
}

staged_program::staged_program() {
  restore();
}

launch staged_program::started(std::vector<std::string> flags) const {
  auto how = demo(std::move(flags));
  how.command.front() = path();
  return how;
}

void staged_program::replace_with_version(std::string_view version) const {
  directory_.write("server", version_script(version), true);
}

void staged_program::replace_with_script(std::string_view body) const {
  const std::string check = "#!/bin/sh\ncase \" $* \" in *' --check-config '*) exit 0 ;; esac\n";
  directory_.write("server", check + std::string{body} + "\n", true);
}

void staged_program::replace_with_text(std::string_view text, bool executable) const {
  directory_.write("server", text, executable);
}

void staged_program::remove() const {
  fs::remove(path());
}

void staged_program::restore() const {
  const auto draft = path() + ".new";
  fs::copy_file(demo_program(), draft, fs::copy_options::overwrite_existing);
  fs::rename(draft, path());
}

}  // namespace baton::test
