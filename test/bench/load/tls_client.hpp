// The client's end of TLS 1.3: sessions for new connections, and the tickets that servers gave, each of
// which is shown once (RFC 8446, appendix C.4) unless there are none left. Certificates are not checked.
#pragma once

#include <deque>
#include <memory>

#include "options.hpp"
#include "wire.hpp"

using SSL_CTX = struct ssl_ctx_st;
using SSL_SESSION = struct ssl_session_st;

namespace baton::bench {

class tls_client {
 public:
  /// Throws std::runtime_error where OpenSSL refuses.
  explicit tls_client(tls_use use);
  ~tls_client();
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  /// A session on that socket; it shakes hands with the first write.
  [[nodiscard]] ssl_ptr session(int socket);

 private:
  struct context_deleter {
    void operator()(SSL_CTX* context) const noexcept;
  };
  struct ticket_deleter {
    void operator()(SSL_SESSION* ticket) const noexcept;
  };
  using ticket = std::unique_ptr<SSL_SESSION, ticket_deleter>;
  static int keep_ticket(SSL* session, SSL_SESSION* ticket);

  std::unique_ptr<SSL_CTX, context_deleter> context_;
  std::deque<ticket> tickets_;
};

}  // namespace baton::bench
