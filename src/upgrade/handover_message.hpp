// What predecessor and successor say to each other over the channel. Both may be different builds,
// so every message says its version, and both come from outside this process, so every length is
// bounded and checked.
//
//     byte 0     type: 1 START, 2 READY, 3 FAILED, 4 RELEASED
//     byte 1     protocol version: 1
//     bytes 2-3  zero
//     bytes 4-7  length of the body; numbers are little-endian
//     START      generation u32, count u32, count times: length u32, listen spec
//     READY      pid u32
//     FAILED     text up to the end
//     RELEASED   nothing
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "os/error.hpp"

namespace baton::upgrade {

inline constexpr std::uint8_t protocol_version = 1;
inline constexpr std::size_t max_message_size = 128 * 1024;
inline constexpr std::size_t max_specs = 1024;
inline constexpr std::size_t max_spec_size = 1024;
inline constexpr std::size_t max_failure_size = 4096;

/// Parent to child, the first message.
struct start_message {
  std::uint32_t generation = 0;    ///< the child's own; 2 or more
  std::vector<std::string> specs;  ///< as configured, one for each inherited listener, in their order
  friend bool operator==(const start_message&, const start_message&) = default;
};

/// Child to parent: nothing can fail any more; it accepts connections from now on.
struct ready_message {
  std::uint32_t pid = 0;
  friend bool operator==(const ready_message&, const ready_message&) = default;
};

/// Child to parent: it cannot serve and will exit.
struct failed_message {
  std::string text;
  friend bool operator==(const failed_message&, const failed_message&) = default;
};

/// Parent to child, after READY: it has let go of the listeners. Every connection that comes now is the
/// child's.
struct released_message {
  friend bool operator==(const released_message&, const released_message&) = default;
};

using handover_message = std::variant<start_message, ready_message, failed_message, released_message>;

/// Fails if the specs exceed the limits above; a failure's text is cut instead.
os::result<std::string> encode(const handover_message& message);

/// Fails, saying why, for anything but a whole well-formed message of this version.
os::result<handover_message> decode(std::string_view bytes);

}  // namespace baton::upgrade
