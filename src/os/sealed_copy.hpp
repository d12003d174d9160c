// A program file copied to memory that nobody can write to any more (a sealed memfd): what is checked
// there is what runs, whatever becomes of the file. The open file itself would not do: who holds it open
// for writing, or opens it between the check and exec, changes it in place under the same descriptor.
#pragma once

#include <cstddef>
#include <string>

#include "os/error.hpp"
#include "os/memory_file.hpp"

namespace baton::os {

/// Copies the program at `path` (symlinks are followed) and seals the copy, which has CLOEXEC and can be
/// given to `spawn` as its executable. Blocks as long as reading the file takes; costs memory of its
/// size while the copy is open or runs. Fails, saying why, for what is no regular file, may not be
/// executed, has more than 1 GiB, is a script (its interpreter would open the file again), or has privileges that a
/// copy would lose (set-user-ID, set-group-ID, file capabilities). Any thread.
result<memory_file> sealed_copy(const std::string& path);

/// The whole of a small file. EFBIG if it has more than `most` bytes.
result<std::string> read_whole(const std::string& path, std::size_t most);

}  // namespace baton::os
