// What a single descriptor is and what happens to it at exec, and which ones this process has.
// Asio never sets CLOEXEC, so whoever makes a descriptor sets it here.
#pragma once

#include <cstddef>
#include <vector>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// Sets (`true`) or clears FD_CLOEXEC.
result<void> set_close_on_exec(fd_view fd, bool value);

/// Sets or clears O_NONBLOCK, which belongs to the file description: whoever shares it is affected.
result<void> set_nonblocking(fd_view fd, bool value);

/// Puts /dev/null where 0, 1 or 2 is closed: else the first socket would become the standard error.
/// First thing in `main`.
result<void> open_standard_descriptors();

/// /dev/null, for reading and writing, with CLOEXEC.
result<unique_fd> open_null();

/// A second descriptor of the same file, with CLOEXEC, never below 3.
result<unique_fd> duplicate(fd_view fd);

/// Makes `target` a name of `fd`'s file, closing what it was; `target` is kept over exec.
result<void> replace(fd_view target, fd_view fd);

/// False also for what is no socket or not open at all.
[[nodiscard]] bool is_listening_stream_socket(fd_view fd) noexcept;
/// A connected or unconnected local SOCK_SEQPACKET socket.
[[nodiscard]] bool is_local_packet_socket(fd_view fd) noexcept;
[[nodiscard]] bool is_open(fd_view fd) noexcept;

/// The numbers of this process's open descriptors, ascending, from /proc/self/fd; without the one
/// that the listing itself needs. Empty if /proc is not there.
[[nodiscard]] std::vector<int> list_open_descriptors();
[[nodiscard]] std::size_t count_open_descriptors();

/// A pipe, both ends with CLOEXEC. Only the reading end is non-blocking, if asked for: its two ends
/// are two file descriptions.
struct pipe_ends {
  unique_fd read;
  unique_fd write;
};
enum class pipe_reading { blocking, nonblocking };
result<pipe_ends> make_pipe(pipe_reading reading);

/// What a read from a non-blocking pipe has come to.
enum class read_outcome { data, end, would_block };
struct read_result {
  read_outcome outcome;
  std::size_t size;  ///< with `data`: 1 or more bytes
};
result<read_result> read_some(fd_view fd, char* buffer, std::size_t size);

/// Writes all of it, waiting as long as it takes on a descriptor that blocks; stops at the first error.
void write_all(fd_view fd, const char* data, std::size_t size) noexcept;

}  // namespace baton::os
