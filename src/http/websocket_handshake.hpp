// The opening handshake of RFC 6455 section 4.2, and the choice of compression (RFC 7692 section 7), from the request's
// fields alone. Beast's own accepts a bad or repeated key and answers with an extension nobody can look at beforehand.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <baton/request.hpp>
#include <baton/types.hpp>

namespace baton::http {

/// What is agreed upon. No context is ever taken over, so that a connection holds little between messages.
struct deflate_choice {
  int server_bits = 15;            ///< window of what is sent, as a power of two, 9 to 15
  bool names_server_bits = false;  ///< the client asked for it

  /// As it stands in `Sec-WebSocket-Extensions`.
  [[nodiscard]] std::string text() const;
};

/// The request asks to switch to `websocket`.
[[nodiscard]] bool asks_for_websocket(const request& req) noexcept;
/// Exactly one version, 13.
[[nodiscard]] bool has_websocket_version(const request& req) noexcept;
/// The only key, if it is 16 bytes in base64; empty otherwise.
[[nodiscard]] std::string_view websocket_key(const request& req) noexcept;
/// `Sec-WebSocket-Accept` for that key.
[[nodiscard]] std::string websocket_accept(std::string_view key);
/// The first of `ours` that the client offers; empty if there is none.
[[nodiscard]] std::string_view choose_subprotocol(const request& req, std::span<const std::string> ours) noexcept;
/// The first offer of permessage-deflate that can be accepted.
[[nodiscard]] std::optional<deflate_choice> choose_deflate(const request& req);
/// `origin` names the host and port that the request was sent to. `null` is nobody's.
[[nodiscard]] bool is_same_origin(std::string_view origin, const request& req) noexcept;

/// A code that may stand in a close frame (RFC 6455 section 7.4, and IANA's registry).
[[nodiscard]] bool is_close_code(unsigned code) noexcept;

}  // namespace baton::http
