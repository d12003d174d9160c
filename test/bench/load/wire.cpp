#include "wire.hpp"

#include <cerrno>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace baton::bench {
namespace {

transfer by_call(ssize_t moved) noexcept {
  if (moved > 0) return {transfer::fate::moved, static_cast<std::size_t>(moved)};
  if (moved == 0) return {transfer::fate::ended, 0};
  return {errno == EAGAIN || errno == EINTR ? transfer::fate::blocked : transfer::fate::failed, 0};
}

}  // namespace

void ssl_deleter::operator()(SSL* session) const noexcept {
  ::SSL_free(session);
}

bool wire::resumed() const noexcept {
  return session_ && ::SSL_session_reused(session_.get()) == 1;
}

transfer wire::through_tls(int moved) noexcept {
  if (moved > 0) return {transfer::fate::moved, static_cast<std::size_t>(moved)};
  const int reason = ::SSL_get_error(session_.get(), moved);
  // A connection that is still being made refuses bytes too.
  const bool waits = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ||
                     (reason == SSL_ERROR_SYSCALL && errno == EAGAIN);
  ::ERR_clear_error();
  if (waits) return {transfer::fate::blocked, 0};
  return {reason == SSL_ERROR_ZERO_RETURN ? transfer::fate::ended : transfer::fate::failed, 0};
}

transfer wire::write(std::string_view bytes) noexcept {
  if (session_) return through_tls(::SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())));
  return by_call(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

transfer wire::read(std::span<char> into) noexcept {
  if (session_) return through_tls(::SSL_read(session_.get(), into.data(), static_cast<int>(into.size())));
  return by_call(::recv(socket_.get(), into.data(), into.size(), 0));
}

transfer wire::skip(std::size_t bytes) noexcept {
  return by_call(::recv(socket_.get(), nullptr, bytes, MSG_TRUNC));
}

void wire::close() noexcept {
  // A session that is not shut down before would count as broken, and could not be resumed.
  if (session_) ::SSL_shutdown(session_.get());
  session_.reset();
  socket_.reset();
}

}  // namespace baton::bench
