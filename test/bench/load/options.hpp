// What the load generator is told. One flag a thing; what does not go together is refused with a sentence,
// so that no measurement means something else than its command line says.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace baton::bench {

using steady = std::chrono::steady_clock;

/// What one connection is used for, over TLS.
enum class tls_use {
  none,     ///< plain text
  keep,     ///< one handshake, then requests
  full,     ///< one full handshake, one request, anew
  resumed,  ///< the same with the ticket of an earlier one
};

struct options {
  std::string host;             ///< an IPv4 address
  std::uint16_t port = 0;       ///< never 0
  std::size_t connections = 0;  ///< at least 1
  steady::duration time{};      ///< measured
  steady::duration warm{};      ///< before that, not counted
  steady::duration window{};    ///< how long one window is

  std::vector<std::string> targets;  ///< taken in turn, never empty
  std::string method;
  std::optional<std::size_t> body;  ///< bytes; none: no body and no Content-Length
  std::vector<std::string> fields;  ///< more header fields, "Name: value"
  std::size_t depth = 0;            ///< requests sent at once, at least 1
  double rate = 0;                  ///< requests a second in all; 0: as fast as they are answered
  bool close = false;               ///< one request a connection
  tls_use tls = tls_use::none;

  std::size_t idle = 0;                  ///< silent connections
  std::size_t read_rate = 0;             ///< bytes a second and connection; 0: as they come
  std::optional<std::size_t> websocket;  ///< bytes of an echoed message
  bool events = false;                   ///< listen to an event stream

  std::vector<pid_t> watched;  ///< processes whose processor time is reported
  bool histogram = false;      ///< print the latencies one by one, too
};

/// Reads the command line. Nothing: help was asked for, and printed. Throws std::invalid_argument with what is wrong.
[[nodiscard]] std::optional<options> parse_options(int argc, char** argv);

}  // namespace baton::bench
