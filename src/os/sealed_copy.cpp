#include "os/sealed_copy.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/descriptors.hpp"

namespace baton::os {
namespace {

constexpr off_t largest_program = off_t{1} << 30;
constexpr unsigned executable_memory = 0x10;  // MFD_EXEC, Linux 6.3

error refusal(std::string text) {
  return {std::move(text), {}};
}

// Non-blocking: a FIFO in the program's place must not hold us here.
unique_fd open_for_reading(const std::string& path) noexcept {
  return unique_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
}

result<void> check_kind(fd_view file, const std::string& path) {
  struct stat info {};
  if (::fstat(file.get(), &info) < 0) return last_error("fstat " + path);
  if (!S_ISREG(info.st_mode)) return refusal(path + " is no regular file");
  if (::faccessat(file.get(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0) return last_error("execute " + path);
  if ((info.st_mode & (S_ISUID | S_ISGID)) != 0) {
    return refusal(path + " is set-user-ID or set-group-ID, which its checked copy would not be");
  }
  if (::fgetxattr(file.get(), "security.capability", nullptr, 0) > 0) {
    return refusal(path + " has file capabilities, which its checked copy would not have");
  }
  return {};
}

result<void> refuse_script(fd_view copy, const std::string& path) {
  std::array<char, 2> first{};
  const ssize_t n = ::pread(copy.get(), first.data(), first.size(), 0);
  if (n < 0) return last_error("read the copy of " + path);
  if (std::string_view{first.data(), static_cast<std::size_t>(n)} != "#!") return {};
  return refusal(path + " is a script: its interpreter would open it again after the check; only a program can be " +
                 "checked");
}

// Where the system makes such memory non-executable unless told otherwise (vm.memfd_noexec), it is told;
// older kernels do not know the flag.
result<unique_fd> make_memory(const std::string& path) {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const std::string name = path.substr(path.rfind('/') + 1).substr(0, 200);
  unique_fd made{::memfd_create(name.c_str(), flags | executable_memory)};
  if (!made && errno == EINVAL) made.reset(::memfd_create(name.c_str(), flags));
  if (!made) return last_error("memfd_create for a copy of " + path);
  return made;
}

result<std::uint64_t> copy_bytes(fd_view from, fd_view to, const std::string& path) {
  constexpr std::size_t at_once = 1 << 20;
  for (off_t copied = 0; copied <= largest_program;) {
    const ssize_t n = ::sendfile(to.get(), from.get(), nullptr, at_once);
    if (n == 0) return static_cast<std::uint64_t>(copied);
    if (n < 0 && errno != EINTR) return last_error("copy " + path);
    copied += n > 0 ? n : 0;
  }
  return refusal(path + " has more than 1 GiB, which is too much for a copy in memory");
}

}  // namespace

result<memory_file> sealed_copy(const std::string& path) {
  const unique_fd file = open_for_reading(path);
  if (!file) return last_error("open " + path);
  if (const auto checked = check_kind(file, path); !checked) return checked.error();
  auto memory = make_memory(path);
  if (!memory) return memory.error();
  const auto size = copy_bytes(file, *memory, path);
  if (!size) return size.error();
  if (const auto sealed = seal_memory(*memory); !sealed) return sealed.error();
  if (const auto checked = refuse_script(*memory, path); !checked) return checked.error();
  return memory_file{std::move(*memory), *size};
}

result<std::string> read_whole(const std::string& path, std::size_t most) {
  const unique_fd file = open_for_reading(path);
  if (!file) return last_error("open " + path);
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto got = read_some(file, buffer.data(), buffer.size());
    if (!got) return last_error("read " + path, got.error().code.value());
    if (got->outcome != read_outcome::data) return text;
    if (text.size() + got->size > most) return last_error("read " + path, EFBIG);
    text.append(buffer.data(), got->size);
  }
}

}  // namespace baton::os
