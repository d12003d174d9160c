#include "os/path_steps.hpp"

#include <array>
#include <climits>
#include <deque>

#include <sys/stat.h>
#include <unistd.h>

namespace baton::os {
namespace {

constexpr int max_links = 40;  // as the kernel

std::deque<std::string> names_of(const std::string& path) {
  std::deque<std::string> names;
  std::size_t from = 0;
  while (from < path.size()) {
    const auto slash = std::min(path.find('/', from), path.size());
    if (slash > from) names.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  return names;
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory == "/" ? directory + name : directory + '/' + name;
}

std::string parent_of(const std::string& directory) {
  const auto slash = directory.rfind('/');
  return slash == 0 ? "/" : directory.substr(0, slash);
}

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
  return size > 0 ? std::string{buffer.data(), static_cast<std::size_t>(size)} : std::string{};
}

}  // namespace

std::vector<path_step> steps_along(const std::string& path) {
  std::vector<path_step> steps;
  std::string directory = "/";
  std::deque<std::string> names = names_of(path);
  for (int links = 0; !names.empty();) {
    const std::string name = names.front();
    names.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      directory = parent_of(directory);
      continue;
    }
    steps.push_back({directory, name});
    const std::string here = joined(directory, name);
    struct stat info {};
    if (::lstat(here.c_str(), &info) != 0) break;
    if (S_ISLNK(info.st_mode)) {
      const std::string target = link_target(here);
      if (target.empty() || ++links > max_links) break;
      if (target.front() == '/') directory.resize(1);  // "/"
      const auto first = names_of(target);
      names.insert(names.begin(), first.begin(), first.end());
    } else {
      directory = here;
    }
  }
  return steps;
}

}  // namespace baton::os
