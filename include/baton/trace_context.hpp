// W3C Trace Context (https://www.w3.org/TR/trace-context/, level 1): which distributed trace a request belongs to.
//
//     const baton::trace_context trace = baton::trace_of(req);
//     outgoing.set("traceparent", trace.traceparent());
//     if (!trace.state.empty()) outgoing.set("tracestate", trace.state);
//
// A request that brings a valid `traceparent` continues that trace; any other one begins a trace of its own. The
// access log writes the same trace id.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <baton/request.hpp>

namespace baton {

/// What a `traceparent` field says.
struct trace_parent {
  std::array<std::uint8_t, 16> trace_id{};  ///< not all zeros
  std::array<std::uint8_t, 8> span_id{};    ///< of the caller; not all zeros
  std::uint8_t flags = 0;                   ///< bit 0: sampled; bit 1: the trace id is random
  friend bool operator==(const trace_parent&, const trace_parent&) = default;
};

/// nullopt for anything but a valid value: lower-case hexadecimal, version 00 with exactly its four parts, or a later
/// one, of which the parts of version 00 are read. Version ff and ids of zeros are not valid.
[[nodiscard]] std::optional<trace_parent> parse_traceparent(std::string_view value) noexcept;

/// `00-<trace id>-<span id>-<flags>`
[[nodiscard]] std::string to_string(const trace_parent& value);

struct trace_context {
  /// The trace, and this server's own span in it; what requests that the handler sends on should carry.
  trace_parent own;
  /// What the client sent; nullopt: the trace begins here.
  std::optional<trace_parent> caller;
  /// The client's `tracestate`, several lines joined; empty if it is malformed, longer than 512 bytes, or if there is
  /// no valid `traceparent`.
  std::string state;

  [[nodiscard]] std::string traceparent() const { return to_string(own); }
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string trace_id() const;
};

/// Always the same for one request, whoever asks, without being kept anywhere: new ids come from the request's own
/// identifier and a secret of the process. A trace that begins here is not marked as sampled: that is for the
/// program to decide. Any thread that may use the request.
[[nodiscard]] trace_context trace_of(const request& req);

}  // namespace baton
