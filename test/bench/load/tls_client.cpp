#include "tls_client.hpp"

#include <stdexcept>

#include <openssl/ssl.h>

namespace baton::bench {
namespace {

constexpr std::size_t most_tickets = 4096;
// One of each, so that no server is faster for choosing a cheaper one: what browsers offer first.
constexpr const char* only_suite = "TLS_AES_128_GCM_SHA256";
constexpr const char* only_group = "X25519";

}  // namespace

void tls_client::context_deleter::operator()(SSL_CTX* context) const noexcept {
  ::SSL_CTX_free(context);
}

void tls_client::ticket_deleter::operator()(SSL_SESSION* ticket) const noexcept {
  ::SSL_SESSION_free(ticket);
}

tls_client::tls_client(tls_use use) : context_{::SSL_CTX_new(::TLS_client_method())} {
  auto* const context = context_.get();
  if (context == nullptr || ::SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      ::SSL_CTX_set_ciphersuites(context, only_suite) != 1 || ::SSL_CTX_set1_groups_list(context, only_group) != 1) {
    throw std::runtime_error{"cannot prepare TLS 1.3"};
  }
  ::SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Who closes without saying so in TLS is no concern of a measurement: lengths tell what is whole.
  ::SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(context, this);
  if (use == tls_use::resumed) ::SSL_CTX_sess_set_new_cb(context, keep_ticket);
}

tls_client::~tls_client() = default;

int tls_client::keep_ticket(SSL* session, SSL_SESSION* given) {
  auto& self = *static_cast<tls_client*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(session)));
  self.tickets_.emplace_back(given);
  if (self.tickets_.size() > most_tickets) self.tickets_.pop_front();
  return 1;  // it is ours now
}

ssl_ptr tls_client::session(int socket) {
  ssl_ptr made{::SSL_new(context_.get())};
  if (!made || ::SSL_set_fd(made.get(), socket) != 1) throw std::runtime_error{"cannot prepare a TLS session"};
  ::SSL_set_connect_state(made.get());
  if (!tickets_.empty()) {
    ::SSL_set_session(made.get(), tickets_.front().get());
    if (tickets_.size() > 1) tickets_.pop_front();
  }
  return made;
}

}  // namespace baton::bench
