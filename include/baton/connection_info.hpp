// What is known of a connection from outside: its states, as in Go's net/http ConnState, and its ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <baton/client_address.hpp>

namespace baton {

/// The state of a connection as the registry counts it.
///
///     fresh -> active -> idle -> active ...      every state may end as `closed`
///                     -> upgraded                 101 sent; the connection speaks another protocol
///
/// `fresh`: accepted, no byte received. `active`: from the first byte of a request head to the last
/// byte of its answer. `idle`: no byte of a next request is in user space. `closed` and `upgraded`
/// are final for HTTP; an upgraded connection is still tracked and ends as `closed`.
enum class connection_state : std::uint8_t { fresh, active, idle, upgraded, closed };

[[nodiscard]] constexpr std::string_view to_string(connection_state state) noexcept {
  switch (state) {
    case connection_state::fresh:
      return "fresh";
    case connection_state::active:
      return "active";
    case connection_state::idle:
      return "idle";
    case connection_state::upgraded:
      return "upgraded";
    case connection_state::closed:
      return "closed";
  }
  return "?";
}

/// What a TLS handshake has told.
struct tls_facts {
  std::string client_subject{};
  std::string server_name{};
  std::string protocol{};
};

/// A connection's identity. Lives as long as its connection; a copy may live longer. What TLS tells is there from the
/// end of the handshake on, so before any handler. Texts are made when they are asked for, or shared: there may be a
/// hundred thousand of these.
struct connection_info {
  std::uint64_t id = 0;  ///< unique in the process, from 1, in the order of acceptance
  /// The peer: what a PROXY header has said where the connection began with one (`proxies.protocol`).
  client_address client{};
  bool secure = false;                            ///< it came by an `https://` listener
  std::shared_ptr<const std::string> listener{};  ///< for `local`; may be null
  std::shared_ptr<const tls_facts> handshake{};   ///< for the members below; null without TLS

  /// `client` as a text: `192.0.2.1:4711`, `[2001:db8::1]:4711`, or `unix:` for a local peer.
  [[nodiscard]] std::string peer() const { return client.to_string(); }
  /// The listener's address in the same form, `unix:/path` for a local one.
  [[nodiscard]] std::string_view local() const noexcept { return listener ? *listener : std::string_view{}; }
  /// The subject of the client's certificate, which `tls.client_ca` vouches for, as RFC 2253 writes it
  /// (`CN=alice,O=Example`); empty without one. Control characters are escaped.
  [[nodiscard]] std::string_view client_subject() const noexcept {
    return handshake ? handshake->client_subject : std::string_view{};
  }
  /// The name that the client asked for (SNI); empty without one.
  [[nodiscard]] std::string_view server_name() const noexcept {
    return handshake ? handshake->server_name : std::string_view{};
  }
  /// `TLSv1.3 TLS_AES_256_GCM_SHA384`: version and cipher suite; empty without TLS.
  [[nodiscard]] std::string_view tls() const noexcept { return handshake ? handshake->protocol : std::string_view{}; }
};

}  // namespace baton
