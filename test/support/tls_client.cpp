#include "support/tls_client.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>

#include "support/raw_client.hpp"
#include "support/sockets.hpp"

namespace baton::test {
namespace {

using clock = std::chrono::steady_clock;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

int left(clock::time_point end) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
  return ms > 0 ? static_cast<int>(ms) : 0;
}

[[noreturn]] void fail(const std::string& what) {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = what;
  if (reason != nullptr) text.append(": ").append(reason);
  ERR_clear_error();
  throw std::runtime_error{text};
}

bio_ptr reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

void show_certificate(SSL_CTX* context, const tls_wishes& wishes) {
  const bio_ptr certificate = reader_of(wishes.certificate);
  X509* const leaf = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr);
  const bio_ptr text = reader_of(wishes.key);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr);
  const bool used = SSL_CTX_use_certificate(context, leaf) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  X509_free(leaf);
  EVP_PKEY_free(key);
  if (!used) fail("client certificate");
}

}  // namespace

struct tls_client::state {
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
  tls_ticket last;

  ~state() {
    // Without an end of one kind or the other OpenSSL takes the session for spoilt.
    if (ssl != nullptr) SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  static int keep(SSL* ssl, SSL_SESSION* session) {
    static_cast<state*>(SSL_get_app_data(ssl))->last.session_ =
        std::shared_ptr<void>{session, [](void* s) { SSL_SESSION_free(static_cast<SSL_SESSION*>(s)); }};
    return 1;
  }
};

tls_client::tls_client(const endpoint& where, const tls_wishes& wishes, std::chrono::milliseconds limit)
    : tls_{std::make_unique<state>()} {
  const auto end = clock::now() + limit;
  fd_ = connect_now(where);
  if (!fd_) throw std::runtime_error{"connection refused"};
  pollfd wait{fd_.get(), POLLOUT, 0};
  ::poll(&wait, 1, left(end));
  ERR_clear_error();
  tls_->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX* const context = tls_->context;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, state::keep);
  if (wishes.version != 0) {
    const int version = wishes.version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  }
  if (!wishes.ciphers.empty()) SSL_CTX_set_cipher_list(context, wishes.ciphers.c_str());
  if (!wishes.certificate.empty()) show_certificate(context, wishes);
  tls_->ssl = SSL_new(context);
  SSL* const ssl = tls_->ssl;
  SSL_set_app_data(ssl, tls_.get());
  SSL_set_fd(ssl, fd_.get());
  if (!wishes.name.empty()) SSL_set_tlsext_host_name(ssl, wishes.name.c_str());
  if (wishes.asks_status) SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
  std::string protocols;
  for (const std::string& each : wishes.protocols) protocols += static_cast<char>(each.size()) + each;
  if (!protocols.empty()) {
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
  }
  if (wishes.resume) SSL_set_session(ssl, static_cast<SSL_SESSION*>(wishes.resume.session_.get()));
  for (;;) {
    const int returned = SSL_connect(ssl);
    if (returned == 1) return;
    if (!step(returned, end)) fail("handshake");
  }
}

tls_client::tls_client(tls_client&&) noexcept = default;
tls_client::~tls_client() = default;

// Waits for what the last call wants; false if it has failed or the time is over.
bool tls_client::step(int returned, clock::time_point end) {
  const int error = SSL_get_error(tls_->ssl, returned);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
  pollfd wait{fd_.get(), static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
  return ::poll(&wait, 1, left(end)) == 1;
}

void tls_client::send(std::string_view bytes, std::chrono::milliseconds limit) {
  const auto end = clock::now() + limit;
  SSL_set_mode(tls_->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = SSL_write_ex(tls_->ssl, bytes.data(), bytes.size(), &count);
    if (returned == 1) {
      bytes.remove_prefix(count);
    } else if (!step(returned, end)) {
      fail("send");
    }
  }
}

// Reads once; false if nothing happened within the limit.
bool tls_client::receive(std::chrono::milliseconds limit) {
  if (end_ != tls_ending::open) return false;
  const auto end = clock::now() + limit;
  std::array<char, 16 * 1024> space;
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    errno = 0;
    const int returned = SSL_read_ex(tls_->ssl, space.data(), space.size(), &count);
    if (returned == 1) {
      parser_.feed({space.data(), count});
      return true;
    }
    const int error = SSL_get_error(tls_->ssl, returned);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (!step(returned, end)) return false;
      continue;
    }
    const bool reset = errno == ECONNRESET;
    end_ = error == SSL_ERROR_ZERO_RETURN ? tls_ending::farewell : reset ? tls_ending::reset : tls_ending::fin;
    parser_.end();
    return true;
  }
}

reply tls_client::read(std::chrono::milliseconds limit) {
  const auto end = clock::now() + limit;
  for (;;) {
    if (auto answer = parser_.next(false)) {
      if (!answer->interim()) return std::move(*answer);
      continue;
    }
    if (end_ != tls_ending::open || !receive(std::chrono::milliseconds{left(end)})) {
      throw std::runtime_error{"no complete answer, rest `" + std::string{parser_.rest().substr(0, 200)} + "`"};
    }
  }
}

reply tls_client::get(std::string_view path, std::string_view fields) {
  send(get_request(path, fields));
  return read();
}

tls_ending tls_client::await_end(std::chrono::milliseconds limit) {
  const auto end = clock::now() + limit;
  while (end_ == tls_ending::open && receive(std::chrono::milliseconds{left(end)})) {
  }
  return end_;
}

void tls_client::close() {
  SSL_shutdown(tls_->ssl);
  fd_.reset();
}

bool tls_client::resumed() const {
  return SSL_session_reused(tls_->ssl) == 1;
}

std::string tls_client::subject() const {
  X509* const shown = SSL_get0_peer_certificate(tls_->ssl);
  std::array<char, 256> text{};
  if (shown != nullptr) {
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, text.data(), static_cast<int>(text.size()));
  }
  return text.data();
}

std::string tls_client::key_kind() const {
  X509* const shown = SSL_get0_peer_certificate(tls_->ssl);
  const char* const kind = shown != nullptr ? EVP_PKEY_get0_type_name(X509_get0_pubkey(shown)) : nullptr;
  return kind != nullptr ? kind : "";
}

std::string tls_client::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_->ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string tls_client::version() const {
  return SSL_get_version(tls_->ssl);
}

std::string tls_client::status() const {
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(tls_->ssl, &bytes);
  return size > 0 ? std::string{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)} : std::string{};
}

tls_ticket tls_client::ticket() const {
  return tls_->last;
}

std::string refusal_of(const endpoint& where, const tls_wishes& wishes) {
  try {
    tls_client client{where, wishes};
    // With TLS 1.3 the server may refuse the client's certificate only after the client is done.
    if (client.await_end(std::chrono::milliseconds{200}) == tls_ending::open) return {};
    return "ended after the handshake";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace baton::test
