// Who the client is, where a proxy stands between: out of `Forwarded` (RFC 7239) or `X-Forwarded-For`. Every hop
// appends whom it was called by, and anybody can send a field that is half full already. So it is read from the
// end, as far as those go who are trusted: the first address that is not trusted is the client's, and what stands
// left of it is the client's own invention.
//
// Reading forwards gives the same: a trusted address keeps what was found before it, any other replaces it, and an
// element that is malformed makes it unknown. That needs no list of elements, and quoted commas are no trouble.
#pragma once

#include <span>
#include <string_view>

#include <baton/client_address.hpp>
#include <baton/options.hpp>
#include <baton/request.hpp>

namespace baton::http {

/// `proxy_options`, parsed.
struct proxy_trust {
  proxy_trust() = default;
  /// What is no prefix is left out: the configuration has refused it.
  explicit proxy_trust(const proxy_options& given);

  address_list trusted;
  forwarded_field field = forwarded_field::any;
  address_list announcing;  ///< `proxies.protocol`
};

struct forwarded_client {
  client_address address;
  std::string_view scheme;  ///< `http`, `https`, or empty where nobody who is trusted has said so
};

/// `peer` itself where it is not trusted, or has named nobody. An unknown address where it is trusted and what it sent
/// cannot be read, or can be read two ways: a client must not pass for the proxy by one bad field. Allocates nothing;
/// reads each field line once or twice.
[[nodiscard]] forwarded_client find_client(const client_address& peer, std::span<const field_line> fields,
                                           const proxy_trust& trust) noexcept;

}  // namespace baton::http
