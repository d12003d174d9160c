// The PROXY header that load balancers send before anything else on a connection, to say whom they speak for
// (HAProxy, "The PROXY protocol", versions 1 and 2). Who may send one is decided elsewhere: from anybody else it is
// a lie. A pure function over what has come so far, from its first byte each time: a header is short, comes in one
// segment as a rule, and has no part that can be used before it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <baton/client_address.hpp>

namespace baton::http {

/// Longer ones are refused: version 1 allows 107 bytes; version 2 has 16, at most 216 of addresses, and attributes
/// (TLVs), which the usual senders keep far below this.
inline constexpr std::size_t max_proxy_header = 4096;

struct proxy_header {
  enum class outcome : std::uint8_t { need_more, complete, malformed };
  outcome what = outcome::need_more;
  std::size_t size = 0;  ///< of the header, when complete
  /// The client; unknown where the sender speaks for itself (`LOCAL`, a health check) or does not know (`UNKNOWN`,
  /// `UNSPEC`, a protocol that is not a stream): the peer of the connection is the client then.
  client_address source;
};

/// `bytes` is what has come. Of the attributes of version 2, the checksum (CRC32c) is verified where it is sent; the
/// others are passed over.
[[nodiscard]] proxy_header parse_proxy_header(std::string_view bytes) noexcept;

}  // namespace baton::http
