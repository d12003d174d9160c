#include "os/pid_file.hpp"

#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/descriptors.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {
namespace {

std::string own_line() {
  return std::to_string(::getpid()) + '\n';
}

unique_fd create_new(const std::string& path) {
  return unique_fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
}

result<void> fill(const unique_fd& file, const std::string& path) {
  if (::fchmod(file.get(), 0644) < 0) return last_error("fchmod " + path);
  const std::string line = own_line();
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t count = ::write(file.get(), rest.data(), rest.size());
    if (count < 0 && errno != EINTR) return last_error("write " + path);
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

pid_file_draft::pid_file_draft(pid_file_draft&& other) noexcept : path_{std::exchange(other.path_, {})} {}

pid_file_draft::~pid_file_draft() {
  if (!path_.empty()) ::unlink(temporary().c_str());
}

std::string pid_file_draft::temporary() const {
  return path_ + '.' + std::to_string(::getpid()) + ".tmp";
}

result<pid_file_draft> pid_file_draft::write(const std::string& path) {
  pid_file_draft draft{path};
  const std::string temporary = draft.temporary();
  unique_fd file = create_new(temporary);
  if (!file && errno == EEXIST) {  // left by an earlier process of our number
    ::unlink(temporary.c_str());
    file = create_new(temporary);
  }
  if (!file) return last_error("open " + temporary);
  if (const auto filled = fill(file, temporary); !filled) return filled.error();
  return draft;
}

result<void> pid_file_draft::publish() {
  if (::rename(temporary().c_str(), path_.c_str()) < 0) return last_error("rename " + path_);
  path_.clear();
  return {};
}

result<void> write_pid_file(const std::string& path) {
  auto draft = pid_file_draft::write(path);
  if (!draft) return draft.error();
  return draft->publish();
}

result<bool> remove_pid_file(const std::string& path) {
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) {
    if (errno == ENOENT) return false;
    return last_error("open " + path);
  }
  char text[32];
  const auto got = read_some(file, text, sizeof text);
  if (!got) return last_error("read " + path, got.error().code.value());
  if (std::string_view{text, got->size} != own_line()) return false;
  if (::unlink(path.c_str()) < 0) return last_error("unlink " + path);
  return true;
}

}  // namespace baton::os
