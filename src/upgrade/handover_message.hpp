// What predecessor and successor say to each other over the channel. Both may be different builds,
// so every message says its version, and both come from outside this process, so every length is
// bounded and checked.
//
//     byte 0     type
//     byte 1     protocol version: 2
//     bytes 2-3  zero
//     bytes 4-7  length of the body; numbers are little-endian (wire.hpp)
//
//      1 START         >  generation u32, count u32, listen specs
//      2 READY         <  pid u32, features u32, count u32, listen specs that it does not want
//      3 FAILED        <  text: it cannot serve, before READY or after it
//      4 RELEASED      >  the listeners are let go of
//      5 STATE_WANTED  <  most bytes u64: what is kept in memory is asked for; 0: only the counters
//      6 STATE         >  name, version u32, size u64; one descriptor: a sealed memory file
//      7 STATE_END     >  that was all of it; text: empty, or why there is none
//      8 COUNTERS      <> whole u32 (1: values, 0: what came since), count u32, name and number u64 each
//      9 CONNECTIONS   <> serial u32, connections, and as many descriptors in their order
//     10 ADOPTED       <> serial u32, count u32, one byte each: 1 taken, 0 refused
//     11 DRAINED       >  nothing is left here; the guard begins
//     12 LEAVE         <  the next upgrade is wanted: no guard any longer
//     13 STOPPING      <  it ends on purpose: do not take back
//     14 ALIVE         <  every second while the predecessor is there
//     15 ROLL_BACK     <  an operator wants the predecessor back; text: who asks
//     16 TAKEN_BACK    >  it serves again: drain and leave
//     17 PROGRESS      <> twice a second from one that drains or guards: pid u32, generation u32, phase u32,
//                         connections that are fresh, active, idle, upgraded u32 each, milliseconds u64 each: since
//                         its start, since its phase began, until it cuts what is left (all ones: never)
//
// `>` from the predecessor to the successor, `<` the other way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/moving_connection.hpp"
#include "os/error.hpp"

namespace baton::upgrade {

inline constexpr std::uint8_t protocol_version = 2;
inline constexpr std::size_t max_message_size = 128 * 1024;
inline constexpr std::size_t max_specs = 1024;
inline constexpr std::size_t max_spec_size = 1024;
inline constexpr std::size_t max_failure_size = 4096;
inline constexpr std::size_t max_name_size = 128;  ///< of a state or counter
inline constexpr std::size_t max_counters = 512;   ///< in one message
/// In one message. Small enough for the default buffer of a socket, and for a peer with few descriptors.
inline constexpr std::size_t max_connections = 64;

enum class message_type : std::uint8_t {
  start = 1,
  ready,
  failed,
  released,
  state_wanted,
  state,
  state_end,
  counters,
  connections,
  adopted,
  drained,
  leave,
  stopping,
  alive,
  roll_back,
  taken_back,
  progress
};

/// What a successor can do besides serving; bits.
enum feature : std::uint32_t { takes_connections = 1, sends_alive = 2 };

struct start_message {
  std::uint32_t generation = 0;    ///< the child's own; 2 or more
  std::vector<std::string> specs;  ///< as configured, one for each inherited listener, in their order
  friend bool operator==(const start_message&, const start_message&) = default;
};

/// Nothing can fail any more; it accepts connections from now on.
struct ready_message {
  std::uint32_t pid = 0;
  std::uint32_t features = takes_connections | sends_alive;
  std::vector<std::string> unwanted{};  ///< inherited, but not configured any more
  friend bool operator==(const ready_message&, const ready_message&) = default;
};

struct failed_message {
  std::string text;
  friend bool operator==(const failed_message&, const failed_message&) = default;
};

/// A message that is its type alone.
template <message_type Type>
struct plain_message {
  friend bool operator==(const plain_message&, const plain_message&) = default;
};
/// Every connection that comes now is the child's.
using released_message = plain_message<message_type::released>;
using drained_message = plain_message<message_type::drained>;
using leave_message = plain_message<message_type::leave>;
using stopping_message = plain_message<message_type::stopping>;
using alive_message = plain_message<message_type::alive>;
using taken_back_message = plain_message<message_type::taken_back>;

struct state_wanted_message {
  std::uint64_t limit = 0;
  friend bool operator==(const state_wanted_message&, const state_wanted_message&) = default;
};

struct state_message {
  std::string name;
  std::uint32_t version = 0;
  std::uint64_t size = 0;
  friend bool operator==(const state_message&, const state_message&) = default;
};

struct state_end_message {
  std::string error{};
  friend bool operator==(const state_end_message&, const state_end_message&) = default;
};

struct counters_message {
  bool whole = false;
  std::vector<std::pair<std::string, std::uint64_t>> counters{};
  friend bool operator==(const counters_message&, const counters_message&) = default;
};

/// The sockets travel as descriptors: in a decoded message they are empty.
struct connections_message {
  std::uint32_t serial = 0;
  std::vector<net::moving_connection> connections{};
};

struct adopted_message {
  std::uint32_t serial = 0;
  std::vector<bool> taken{};
  friend bool operator==(const adopted_message&, const adopted_message&) = default;
};

/// How far the sender has come with its end. For people to look at: nothing depends on it.
struct progress_message {
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  std::uint32_t pid = 0;
  std::uint32_t generation = 0;
  std::uint32_t phase = 0;  ///< baton::phase
  std::uint32_t fresh = 0;
  std::uint32_t active = 0;
  std::uint32_t idle = 0;
  std::uint32_t upgraded = 0;
  std::uint64_t age_ms = 0;
  std::uint64_t in_phase_ms = 0;
  std::uint64_t left_ms = never;
  friend bool operator==(const progress_message&, const progress_message&) = default;
};

struct roll_back_message {
  std::string by;
  friend bool operator==(const roll_back_message&, const roll_back_message&) = default;
};

using handover_message =
    std::variant<start_message, ready_message, failed_message, released_message, state_wanted_message, state_message,
                 state_end_message, counters_message, connections_message, adopted_message, drained_message,
                 leave_message, stopping_message, alive_message, roll_back_message, taken_back_message,
                 progress_message>;

/// Fails if something exceeds the limits above; a failure's text is cut instead.
os::result<std::string> encode(const handover_message& message);

/// Fails, saying why, for anything but a whole well-formed message of this version.
os::result<handover_message> decode(std::string_view bytes);

}  // namespace baton::upgrade
