// A connection between two processes: the socket and all that the one that reads on must know. Only
// one that waits for bytes moves (new, idle, or half-way through a request's head), so there is no
// request, no answer and no body in here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "os/unique_fd.hpp"

namespace baton::net {

/// What a moving connection waits for.
enum class moving_stage : std::uint8_t {
  fresh,  ///< its first byte
  idle,   ///< the first byte of a next request
  head    ///< the rest of a head that has begun
};

struct moving_connection {
  os::unique_fd socket;  ///< connected, non-blocking, close-on-exec
  int family = 0;
  moving_stage stage = moving_stage::fresh;
  std::uint64_t id = 0;          ///< as in connection_info, of the process that has it; does not travel
  std::string peer;              ///< as in connection_info
  std::string local;             ///< as in connection_info: the listener it came by
  std::uint64_t peer_group = 0;  ///< by which connections of one address are counted
  bool peer_counted = false;
  std::uint64_t requests = 0;           ///< answered so far
  std::chrono::milliseconds age{0};     ///< since it was accepted
  std::chrono::milliseconds waited{0};  ///< in this stage: deadlines go on, they don't begin anew
  std::string bytes;                    ///< received and not used; at most `max_moving_bytes`
};

/// One with more than this unread stays where it is.
inline constexpr std::size_t max_moving_bytes = 16 * 1024;

}  // namespace baton::net
