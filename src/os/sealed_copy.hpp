// A program file copied to memory that nobody can write to any more (a sealed memfd): what is checked
// there is what runs, whatever becomes of the file. The open file itself would not do: who holds it open
// for writing, or opens it between the check and exec, changes it in place under the same descriptor.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// Copies the program at `path` (symlinks are followed) and seals the copy, which has CLOEXEC and can be
/// given to `spawn` as its executable. Blocks as long as reading the file takes; costs memory of its
/// size while the copy is open or runs. Fails, saying why, for what is no regular file, may not be
/// executed, has more than 1 GiB, is a script (its interpreter would open the file again), or has privileges that a
/// copy would lose (set-user-ID, set-group-ID, file capabilities). Any thread.
result<unique_fd> sealed_copy(const std::string& path);

/// The bytes of a file, for reading, while this lives.
class file_view {
 public:
  /// Of a whole file, which should not shrink meanwhile (a sealed one cannot).
  static result<file_view> of(fd_view fd);
  file_view(file_view&& other) noexcept
      : start_{std::exchange(other.start_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  file_view& operator=(file_view&&) = delete;
  ~file_view();

  [[nodiscard]] std::string_view bytes() const noexcept { return {start_, size_}; }

 private:
  file_view(const char* start, std::size_t size) noexcept : start_{start}, size_{size} {}

  const char* start_;
  std::size_t size_;
};

/// The whole of a small file. EFBIG if it has more than `most` bytes.
result<std::string> read_whole(const std::string& path, std::size_t most);

}  // namespace baton::os
