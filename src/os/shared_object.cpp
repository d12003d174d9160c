#include "os/shared_object.hpp"

#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/object_file.hpp"

namespace baton::os {
namespace {

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

result<file_version> look_at(fd_view fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return last_error("fstat " + path);
  if (!S_ISREG(info.st_mode)) return error{path + ": it is no regular file", {}};
  return file_version{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

result<unique_fd> open_file(const std::string& path) {
  unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a pipe must not hold us up
  if (!file) return last_error("open " + path);
  return file;
}

// /proc/PID/maps shows the name.
result<unique_fd> make_copy_file(const std::string& path) {
  const std::string name = "plugin:" + path.substr(path.rfind('/') + 1).substr(0, 200);
  unique_fd copy{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!copy) return last_error("memfd_create for " + path);
  return copy;
}

result<void> copy_bytes(fd_view from, fd_view to, std::int64_t size, const std::string& path) {
  std::int64_t copied = 0;
  while (copied < size) {
    const ssize_t n = ::sendfile(to.get(), from.get(), nullptr, static_cast<std::size_t>(size - copied));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return last_error("copy " + path);
    if (n == 0) break;
    copied += n;
  }
  constexpr int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(to.get(), F_ADD_SEALS, seals) != 0) return last_error("seal the copy of " + path);
  return {};
}

result<void> check_copy(fd_view copy, const std::string& path) {
  struct stat info {};
  if (::fstat(copy.get(), &info) != 0) return last_error("fstat the copy of " + path);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return error{path + ": " + problem_of_object({}), {}};
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, copy.get(), 0);
  if (bytes == MAP_FAILED) return last_error("mmap the copy of " + path);
  const std::string wrong = problem_of_object({static_cast<const char*>(bytes), size});
  ::munmap(bytes, size);
  if (!wrong.empty()) return error{path + ": " + wrong, {}};
  return {};
}

std::string name_of(fd_view copy) {
  return "/proc/self/fd/" + std::to_string(copy.get());
}

struct private_copy {
  unique_fd file;
  file_version version;
};

// A file that is being written while it is read gives a copy that never existed.
result<private_copy> copy_of(const std::string& path) {
  auto file = open_file(path);
  if (!file) return file.error();
  const auto before = look_at(*file, path);
  if (!before) return before.error();
  auto copy = make_copy_file(path);
  if (!copy) return copy.error();
  if (const auto copied = copy_bytes(*file, *copy, before->size, path); !copied) return copied.error();
  const auto after = look_at(*file, path);
  if (!after) return after.error();
  if (*before != *after) return error{path + ": it is being written", {}};
  if (const auto checked = check_copy(*copy, path); !checked) return checked.error();
  return private_copy{std::move(*copy), *before};
}

std::string linker_error() {
  const char* const text = ::dlerror();
  return text != nullptr ? text : "unknown error";
}

}  // namespace

result<file_version> look_at_file(const std::string& path) {
  const auto file = open_file(path);
  if (!file) return file.error();
  return look_at(*file, path);
}

result<shared_object> shared_object::load(const std::string& path) {
  auto copy = copy_of(path);
  if (!copy) return copy.error();
  const std::string name = name_of(copy->file);
  void* const object = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) {
    std::string why = linker_error();
    if (why.starts_with(name + ": ")) why.erase(0, name.size() + 2);
    return error{path + ": " + why, {}};
  }
  return shared_object{std::move(copy->file), object, copy->version};
}

const void* shared_object::symbol(const char* name) const noexcept {
  return ::dlsym(object_, name);
}

bool shared_object::unload() noexcept {
  if (object_ == nullptr) return true;
  const std::string name = name_of(copy_);
  ::dlclose(std::exchange(object_, nullptr));
  void* const still = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (still == nullptr) return true;
  ::dlclose(still);
  static_cast<void>(copy_.release());  // its name stays taken, too
  return false;
}

}  // namespace baton::os
