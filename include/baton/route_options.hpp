// What one route, or all routes of a group, may set otherwise than the options of the whole server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace baton {

/// Given with a route's registration, or to `router::limits` for a whole router or group. What is not set
/// here is the group's, then that of the group around it, then what the server's options say. All of it
/// holds before a byte of the body is read.
///
///     routes.post("/upload", store, {.body = 512 << 20, .handler_timeout = std::chrono::minutes{10}});
struct route_options {
  /// Largest request body in bytes, instead of `limits.body`; 0: no limit. More is answered with 413.
  std::optional<std::uint64_t> body{};
  /// How long the client may be silent within its body, instead of `timeouts.body`; 0: for ever.
  std::optional<std::chrono::milliseconds> body_timeout{};
  /// Least average rate of the body in bytes a second, instead of `timeouts.body_rate`; 0: none.
  std::optional<std::uint64_t> body_rate{};
  /// How long the handler and the middleware around it may take until they return their answer, reading the
  /// body included; 0 or not set: as long as they like. Late by up to 200 ms. Then the coroutine is cancelled at its
  /// suspension (what it awaits throws `operation_aborted`), and the client gets 503 with code `handler_timeout`.
  /// An answer that it returns all the same is sent. A `blocking` handler's thread cannot be taken away
  /// from it: it is waited for. A plain handler without middleware never waits, nothing is measured. The body
  /// of a streamed answer does not count.
  std::optional<std::chrono::milliseconds> handler_timeout{};

  /// These, and what `outer` sets where these do not.
  [[nodiscard]] route_options within(const route_options& outer) const noexcept {
    const auto first = [](const auto& mine, const auto& other) { return mine ? mine : other; };
    return {first(body, outer.body), first(body_timeout, outer.body_timeout), first(body_rate, outer.body_rate),
            first(handler_timeout, outer.handler_timeout)};
  }
};

}  // namespace baton
