// What one worker has seen and done since it began, for the metrics. Its own thread counts, without an atomic
// operation that costs anything; whoever asks adds the workers up. Nothing is formatted or named here
// (server/metrics_totals).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <baton/types.hpp>

#include "session/latency_histogram.hpp"
#include "session/tally.hpp"

namespace baton::session {

/// The methods that are told apart. `none`: refused before the method counted for anything.
enum class counted_method : std::uint8_t { get, head, post, put, del, patch, options, other, none };
inline constexpr std::size_t counted_methods = 9;

/// 1xx to 5xx, and what handlers make up beyond.
inline constexpr std::size_t counted_classes = 6;

/// Which wait a time-out has ended.
enum class counted_timeout : std::uint8_t { head, body, write, idle };
inline constexpr std::size_t counted_timeouts = 4;

[[nodiscard]] constexpr counted_method counted(method which) noexcept {
  switch (which) {
    case method::get:
      return counted_method::get;
    case method::head:
      return counted_method::head;
    case method::post:
      return counted_method::post;
    case method::put:
      return counted_method::put;
    case method::delete_:
      return counted_method::del;
    case method::patch:
      return counted_method::patch;
    case method::options:
      return counted_method::options;
    default:
      return counted_method::other;
  }
}

struct worker_counters {
  std::array<std::array<tally, counted_classes>, counted_methods> requests;  ///< by method, then class of status
  latency_histogram latency;  ///< from a head's completion to the answer's last byte in the kernel
  tally bytes_in;             ///< of requests and bodies, as read
  tally bytes_out;            ///< of heads and bodies, as written; of tunnels, only the answer's head
  tally accepted;             ///< connections that clients have opened, refused ones included
  tally refused;              ///< of those, over a limit: answered 503
  tally arrived;              ///< connections that came from another process, or back from the way there
  tally closed;               ///< that ended here, moved ones not among them
  tally departed;             ///< that left for another process
  tally upgraded;             ///< that switched to another protocol
  tally malformed;            ///< heads and bodies that were refused (4xx, 5xx) before a handler saw them
  tally failed_handlers;      ///< exceptions that became a 500
  tally handshakes;           ///< of TLS, with new sessions
  tally resumed;              ///< likewise, of sessions that were known
  tally failed_handshakes;    ///< refused, broken off, or out of time
  tally log_lines;            ///< of the access log, handed to its writer
  tally log_dropped;          ///< of the access log, that it had no room for
  tally cut;                  ///< answers that did not arrive whole
  std::array<tally, counted_timeouts> timeouts;

  void answered(counted_method which, unsigned code) noexcept {
    const std::size_t status_class = std::clamp<std::size_t>(code / 100, 1, counted_classes) - 1;
    requests[static_cast<std::size_t>(which)][status_class].add();
  }
  void timed_out(counted_timeout which) noexcept { timeouts[static_cast<std::size_t>(which)].add(); }
};

}  // namespace baton::session
