// Messages with descriptors between two processes: a pair of local SOCK_SEQPACKET sockets. Packets
// keep their borders and end-of-file is told, which a datagram pair would not do and a stream pair
// only with framing of our own.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

struct socket_pair {
  unique_fd ours;
  unique_fd theirs;
};

/// Both ends non-blocking and with CLOEXEC.
result<socket_pair> make_socket_pair();

inline constexpr std::size_t max_message_descriptors = 253;  // the kernel's SCM_MAX_FD

/// Sends one message, 1 byte or more, with up to `max_message_descriptors` descriptors. Does not
/// block: EAGAIN when the queue is full. EPIPE when the other side has gone; no SIGPIPE.
result<void> send_message(fd_view socket, std::string_view bytes, std::span<const fd_view> descriptors = {});

enum class message_outcome { message, end, would_block };
struct received_message {
  message_outcome outcome = message_outcome::would_block;
  std::string bytes;
  std::vector<unique_fd> descriptors;  ///< with CLOEXEC
  /// More were sent, but this process may not open so many: the first ones are here, the others closed.
  bool cut = false;
};

/// Takes one message. One that is longer than `max_bytes` or brings more than `max_descriptors` is
/// refused (EMSGSIZE) and lost, its descriptors closed. Does not block.
result<received_message> receive_message(fd_view socket, std::size_t max_bytes, std::size_t max_descriptors = 0);

/// Waits until something can be received, at most `milliseconds`; false when the time has passed.
/// For the start of a process, when nothing else is to be done.
result<bool> wait_readable(fd_view socket, int milliseconds);

}  // namespace baton::os
