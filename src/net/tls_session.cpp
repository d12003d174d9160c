#include "net/tls_session.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "net/tls_context.hpp"

namespace baton::net {

using kind = io_result::kind;

namespace {

constexpr int fetches_at_once = 4;  // of one call

}  // namespace

/// OpenSSL's way to the socket; its data is the session.
struct socket_bio {
  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    bool retry = false;
    const int count = of(bio).bio_read({into, static_cast<std::size_t>(size)}, retry);
    if (retry) BIO_set_retry_read(bio);
    return count;
  }
  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    bool retry = false;
    const int count = of(bio).bio_write({from, static_cast<std::size_t>(size)}, retry);
    if (retry) BIO_set_retry_write(bio);
    return count;
  }
  static long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static tls_session& of(BIO* bio) { return *static_cast<tls_session*>(BIO_get_data(bio)); }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "baton socket");
      if (fresh == nullptr) throw std::bad_alloc{};
      BIO_meth_set_read(fresh, read);
      BIO_meth_set_write(fresh, write);
      BIO_meth_set_ctrl(fresh, control);
      return fresh;
    }();
    return made;
  }
};

tls_session::tls_session(std::shared_ptr<const tls_context> context, int socket, tls_buffers& buffers)
    : context_{std::move(context)}, socket_{socket}, buffers_{buffers} {
  BIO* const bio = BIO_new(socket_bio::method());
  if (bio == nullptr) throw std::bad_alloc{};
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  try {
    ssl_ = context_->make_session();
  } catch (...) {
    BIO_free(bio);
    throw;
  }
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

tls_session::~tls_session() {
  SSL_free(ssl_);
  ERR_clear_error();
}

long tls_session::fetch() noexcept {
  ssize_t count = 0;
  --fetches_left_;
  do {
    count = ::recv(socket_, buffers_.ciphertext.data(), buffers_.ciphertext.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    window_ = {buffers_.ciphertext.data(), static_cast<std::size_t>(count)};
    // A short read has emptied the socket: what comes later wakes whoever waits.
    more_ = window_.size() == buffers_.ciphertext.size();
  }
  return count;
}

int tls_session::bio_read(std::span<char> into, bool& retry) noexcept {
  if (window_.empty()) {
    if (!more_ || fetches_left_ == 0) {
      retry = true;
      return -1;
    }
    const long count = fetch();
    if (count == 0) peer_gone_ = true;
    if (count < 0) retry = errno == EAGAIN || errno == EWOULDBLOCK;
    if (count <= 0) return static_cast<int>(count);
  }
  const std::size_t count = std::min(into.size(), window_.size());
  std::memcpy(into.data(), window_.data(), count);
  window_ = window_.subspan(count);
  return static_cast<int>(count);
}

int tls_session::bio_write(std::span<const char> from, bool& retry) noexcept {
  ssize_t count = 0;
  do {
    count = ::send(socket_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count < 0) retry = errno == EAGAIN || errno == EWOULDBLOCK;
  return static_cast<int>(count);
}

// The worker's buffer is the next connection's: what is left of its content is copied.
bool tls_session::keep_rest() noexcept {
  try {
    if (window_.empty()) {
      rest_ = std::string{};
    } else {
      rest_ = std::string{window_.begin(), window_.end()};
    }
    window_ = rest_;
    return true;
  } catch (const std::bad_alloc&) {
    broken_ = true;
    return false;
  }
}

void tls_session::feed(std::span<const char> ciphertext, bool more) noexcept {
  assert(ciphertext.size() <= buffers_.ciphertext.size());
  std::memcpy(buffers_.ciphertext.data(), ciphertext.data(), ciphertext.size());
  window_ = {buffers_.ciphertext.data(), ciphertext.size()};
  more_ = more;
}

// What a call that did not succeed means.
io_result tls_session::outcome(int returned) noexcept {
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
      return {kind::would_block, 0};
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return {kind::would_block, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {kind::end_of_file, 0};
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      return {peer_gone_ ? kind::end_of_file : kind::failed, 0};
    default:
      break;
  }
  broken_ = true;
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  failure_ = reason != nullptr ? std::string_view{reason} : std::string_view{"the peer has gone"};
  return {kind::failed, 0};
}

handshake_step tls_session::handshake() noexcept {
  if (socket_ < 0) return handshake_step::failed;
  ERR_clear_error();
  wants_write_ = false;
  more_ = true;
  fetches_left_ = fetches_at_once;
  const int returned = SSL_do_handshake(ssl_);
  if (returned == 1) {
    established_ = true;
    return keep_rest() ? handshake_step::done : handshake_step::failed;
  }
  failure_ = "the peer has gone";
  const bool plain = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  const io_result result = outcome(returned);
  if (result.what != kind::would_block || !keep_rest()) {
    broken_ = true;
    return plain ? handshake_step::plain_http : handshake_step::failed;
  }
  return wants_write_ ? handshake_step::wants_write : handshake_step::wants_read;
}

io_result tls_session::read(std::span<char> into) noexcept {
  if (socket_ < 0) return {kind::failed, 0};
  ERR_clear_error();
  wants_write_ = false;
  fetches_left_ = fetches_at_once;
  std::size_t filled = 0;
  io_result last;
  while (filled < into.size()) {
    std::size_t count = 0;
    const int returned = SSL_read_ex(ssl_, into.data() + filled, into.size() - filled, &count);
    if (returned != 1) {
      last = outcome(returned);
      break;
    }
    filled += count;
  }
  if (last.what == kind::would_block) more_ = true;  // next time it was waited for
  if (!keep_rest()) return {kind::failed, 0};
  return filled != 0 ? io_result{kind::bytes, filled} : last;
}

io_result tls_session::write(std::string_view first, std::string_view second) noexcept {
  if (broken_) return {kind::failed, 0};
  ERR_clear_error();
  std::string_view record = first;
  if (!second.empty() && first.size() < buffers_.plaintext.size()) {
    const std::size_t behind = std::min(second.size(), buffers_.plaintext.size() - first.size());
    std::memcpy(buffers_.plaintext.data(), first.data(), first.size());
    std::memcpy(buffers_.plaintext.data() + first.size(), second.data(), behind);
    record = {buffers_.plaintext.data(), first.size() + behind};
  }
  std::size_t count = 0;
  const int returned = SSL_write_ex(ssl_, record.data(), std::min(record.size(), buffers_.plaintext.size()), &count);
  if (returned == 1) return {kind::bytes, count};
  const bool reader_waits = std::exchange(wants_write_, false);
  const io_result result = outcome(returned);
  wants_write_ = reader_waits;
  return result;
}

bool tls_session::pending() const noexcept {
  return !window_.empty() || SSL_pending(ssl_) > 0;
}

bool tls_session::partial() const noexcept {
  return established_ && SSL_has_pending(ssl_) == 1;
}

void tls_session::notify_close() noexcept {
  if (!established_ || std::exchange(broken_, true)) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

void tls_session::abandon() noexcept {
  socket_ = -1;
  broken_ = true;
  wants_write_ = false;
}

std::string tls_session::client_subject() const {
  std::string text;
  X509* const certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return text;
  BIO* const out = BIO_new(BIO_s_mem());
  if (out == nullptr) throw std::bad_alloc{};
  constexpr unsigned long form = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, form);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  try {
    if (size > 0) text.assign(bytes, static_cast<std::size_t>(size));
  } catch (...) {
    BIO_free(out);
    throw;
  }
  BIO_free(out);
  return text;
}

std::string tls_session::server_name() const {
  const char* const name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? std::string{name} : std::string{};
}

std::string tls_session::description() const {
  return std::string{SSL_get_version(ssl_)} + ' ' + SSL_get_cipher_name(ssl_);
}

bool tls_session::resumed() const noexcept {
  return SSL_session_reused(ssl_) == 1;
}

}  // namespace baton::net
