#include "os/memory_file.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace baton::os {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t gather_size = 64 * 1024;
constexpr int needed_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

result<memory_file_writer> memory_file_writer::create(std::string_view name) {
  constexpr std::size_t longest_name = 200;  // the kernel takes 249
  const std::string text{name.substr(0, longest_name)};
  unique_fd fd{::memfd_create(text.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!fd) return last_error("memfd_create " + text);
  return memory_file_writer{std::move(fd)};
}

result<void> memory_file_writer::append(std::string_view bytes) {
  if (gathered_.size() + bytes.size() < gather_size) {
    gathered_.append(bytes);
    return {};
  }
  if (const auto written = write_out(gathered_); !written) return written.error();
  gathered_.clear();
  if (bytes.size() >= gather_size) return write_out(bytes);
  gathered_.append(bytes);
  return {};
}

result<void> memory_file_writer::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return last_error("write to a memory file at " + std::to_string(size_), n < 0 ? errno : ENOSPC);
    size_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

result<memory_file> memory_file_writer::seal() {
  if (const auto written = write_out(gathered_); !written) return written.error();
  gathered_ = {};
  if (const auto sealed = seal_memory(fd_); !sealed) return sealed.error();
  return memory_file{std::move(fd_), std::exchange(size_, 0)};
}

result<void> seal_memory(fd_view fd) {
  constexpr auto patience = 5s;
  constexpr auto pause = 5ms;
  const auto given_up = std::chrono::steady_clock::now() + patience;
  while (::fcntl(fd.get(), F_ADD_SEALS, needed_seals | F_SEAL_SEAL) < 0) {
    if (errno != EBUSY || std::chrono::steady_clock::now() >= given_up) return last_error("seal a memory file");
    std::this_thread::sleep_for(pause);
  }
  return {};
}

mapped_memory::~mapped_memory() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

result<mapped_memory> map_sealed(fd_view fd, std::uint64_t announced_size) {
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0) return last_error("seals of a received memory file");
  if ((seals & needed_seals) != needed_seals) return error{"a received memory file is not sealed", {}};
  struct stat info {};
  if (::fstat(fd.get(), &info) < 0) return last_error("fstat a received memory file");
  if (static_cast<std::uint64_t>(info.st_size) != announced_size) {
    return error{"a received memory file has " + std::to_string(info.st_size) + " bytes, announced were " +
                     std::to_string(announced_size),
                 {}};
  }
  if (announced_size == 0) return mapped_memory{};  // an empty mapping there is not
  // Private: before Linux 6.7 what is sealed against writing cannot be mapped shared, not even to read.
  void* const at = ::mmap(nullptr, announced_size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (at == MAP_FAILED)
    return last_error("mmap a received memory file of " + std::to_string(announced_size) + " bytes");
  return mapped_memory{{static_cast<const char*>(at), announced_size}};
}

}  // namespace baton::os
