#include "os/file_tree.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace baton::os {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// Non-blocking for FIFOs; what is no regular file or directory is closed again at once.
constexpr int reading = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

unique_fd open_beneath(fd_view root, const char* path, bool links) noexcept {
  open_how how{};
  how.flags = reading;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (links ? 0U : RESOLVE_NO_SYMLINKS);
  constexpr int tries = 8;  // EAGAIN: something was renamed meanwhile
  for (int i = 0; i != tries; ++i) {
    const long fd = ::syscall(SYS_openat2, root.get(), path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return unique_fd{static_cast<int>(fd)};
  }
  return unique_fd{};
}

// Segment by segment, no symbolic link followed: what is left where there is no openat2.
unique_fd walk(fd_view root, std::string_view path) {
  unique_fd at{::openat(root.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  while (at) {
    const std::size_t slash = path.find('/');
    const std::string segment{path.substr(0, slash)};
    const bool last = slash == std::string_view::npos;
    at.reset(::openat(at.get(), segment.c_str(),
                      last ? reading | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (last) break;
    path.remove_prefix(slash + 1);
  }
  return at;
}

std::int64_t modified_of(const struct stat& info) noexcept {
  return info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec;
}

bool lacks_openat2() noexcept {
  return errno == ENOSYS || errno == EPERM;  // EPERM: a container's filter that knows no better
}

}  // namespace

bool unchanged(const tree_entry& file) noexcept {
  struct stat info {};
  return ::fstat(file.fd.get(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) == file.size &&
         modified_of(info) == file.modified;
}

result<file_tree> file_tree::open(const std::string& path) {
  unique_fd root{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root) return last_error("open directory " + path);
  struct stat info {};
  if (::fstat(root.get(), &info) < 0) return last_error("fstat " + path);
  return file_tree{std::move(root), info.st_dev, info.st_ino};
}

result<tree_entry> file_tree::find(const std::string& path, path_lookup how) const {
  const std::string name = path.empty() ? "." : path;
  tree_entry found;
  if (how != path_lookup::steps) found.fd = open_beneath(root_, name.c_str(), how == path_lookup::kernel);
  if (!found.fd && (how == path_lookup::steps || lacks_openat2())) found.fd = walk(root_, name);
  if (!found.fd) return last_error("open " + name);
  struct stat info {};
  if (::fstat(found.fd.get(), &info) < 0) return last_error("fstat " + name);
  if (S_ISREG(info.st_mode)) found.what = tree_entry::kind::file;
  if (S_ISDIR(info.st_mode)) found.what = tree_entry::kind::directory;
  found.size = static_cast<std::uint64_t>(info.st_size);
  found.inode = info.st_ino;
  found.modified = modified_of(info);
  return found;
}

bool file_tree::moved(const std::string& path) const noexcept {
  struct stat info {};
  return ::stat(path.c_str(), &info) < 0 || info.st_dev != device_ || info.st_ino != inode_;
}

result<std::vector<std::string>> list_names(const tree_entry& directory, std::size_t most) {
  unique_fd own{::openat(directory.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!own) return last_error("open a directory again");
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(own.get()), ::closedir};
  if (!entries) return last_error("fdopendir");
  static_cast<void>(own.release());  // the stream closes it
  std::vector<std::string> names;
  while (names.size() != most) {
    const dirent* const entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    std::string name{static_cast<const char*>(entry->d_name)};
    if (name == "." || name == "..") continue;
    if (entry->d_type == DT_DIR) name += '/';
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace baton::os
