#include "os/shared_object.hpp"

#include <utility>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "os/descriptors.hpp"
#include "os/memory_file.hpp"
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

result<memory_file> copy_bytes(fd_view from, const std::string& path) {
  // /proc/PID/maps shows the name.
  auto writer = memory_file_writer::create("plugin:" + path.substr(path.rfind('/') + 1));
  if (!writer) return writer.error();
  std::vector<char> piece(256 * 1024);
  for (;;) {
    const auto got = read_some(from, piece.data(), piece.size());
    if (!got) return error{"read " + path, got.error().code};
    if (got->outcome != read_outcome::data) break;
    if (const auto written = writer->append({piece.data(), got->size}); !written) return written.error();
  }
  return writer->seal();
}

result<void> check_copy(const memory_file& copy, const std::string& path) {
  mapped_memory mapped;
  if (copy.size != 0) {
    auto made = map_sealed(copy.fd, copy.size);
    if (!made) return made.error();
    mapped = std::move(*made);
  }
  const std::string wrong = problem_of_object(mapped.bytes());
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
  auto copy = copy_bytes(*file, path);
  if (!copy) return copy.error();
  const auto after = look_at(*file, path);
  if (!after) return after.error();
  if (*before != *after) return error{path + ": it is being written", {}};
  if (const auto checked = check_copy(*copy, path); !checked) return checked.error();
  return private_copy{std::move(copy->fd), *before};
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
