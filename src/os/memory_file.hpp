// Bytes for another process: a memfd that is written once, sealed, sent as a descriptor and mapped
// read-only where it arrives, so that nothing is copied on the way. The seals are what makes mapping
// somebody else's file safe: a peer that cut a mapped file short would end us with SIGBUS, and one that
// went on writing could change what we have checked already. What is not sealed is refused.
//
// Rejected: bytes through the socket (copied twice, and bounded by its buffer), and writing through a
// mapping (what does not fit is a SIGBUS there, where `write` says ENOSPC).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// A sealed file: nobody can change it any more, not even who wrote it.
struct memory_file {
  unique_fd fd;  ///< with CLOEXEC
  std::uint64_t size = 0;
};

/// Appends. Small pieces are gathered (64 KiB); large ones go straight to the file. One thread at a time.
class memory_file_writer {
 public:
  /// `name` is for /proc alone; its first 200 bytes count.
  static result<memory_file_writer> create(std::string_view name);

  /// An error means that the file is not whole: no space, RLIMIT_FSIZE (EFBIG; the thread should block
  /// or the process ignore SIGXFSZ), ...
  result<void> append(std::string_view bytes);

  /// Writes what is gathered, then seals (`seal_memory`). The writer is empty afterwards.
  result<memory_file> seal();

 private:
  explicit memory_file_writer(unique_fd fd) noexcept : fd_{std::move(fd)} {}
  result<void> write_out(std::string_view bytes);

  unique_fd fd_;
  std::uint64_t size_ = 0;  // in the file, without what is gathered
  std::string gathered_;
};

/// Seals a memfd against everything: shrinking, growing, writing, unsealing. The kernel refuses it while
/// anybody still refers to one of the pages, itself included, for moments after they were written: it is
/// asked again for up to 5 s, then EBUSY is the answer (a writable mapping, for one). May block that long.
result<void> seal_memory(fd_view fd);

/// A whole file in the address space, read-only. Does not need the descriptor to stay open.
class mapped_memory {
 public:
  mapped_memory() noexcept = default;
  mapped_memory(mapped_memory&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
  mapped_memory& operator=(mapped_memory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~mapped_memory();

  /// Valid as long as this object, or the one it is moved to.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  friend result<mapped_memory> map_sealed(fd_view fd, std::uint64_t announced_size);
  explicit mapped_memory(std::string_view bytes) noexcept : bytes_{bytes} {}

  std::string_view bytes_;
};

/// Maps what another process has sent. Refuses what is no memfd, is not sealed against shrinking,
/// growing and writing, or has another size than `announced_size`.
result<mapped_memory> map_sealed(fd_view fd, std::uint64_t announced_size);

}  // namespace baton::os
