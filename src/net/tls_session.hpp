// TLS on one connected socket: OpenSSL's state machine with a BIO of our own, non-blocking, without Asio.
// Buffers belong to the worker and are shared by its connections; OpenSSL's own are released whenever they are
// empty (SSL_MODE_RELEASE_BUFFERS), so that an idle connection costs its session and little else. Ciphertext that
// could not be used yet (rare: the reader's room was full) is kept here.
//
// What is read from the socket is decrypted at once, so "nothing to read" means that nothing complete is in
// user space either. Half a record may be: see `partial`. It does not mean that the socket is empty: a call takes a
// bounded amount from it, whatever the records are (a flood of key updates gives no byte to read), and waiting for the
// rest ends at once.
//
// Rejected: a pair of memory BIOs, through which every byte is copied twice more; reading straight into
// OpenSSL, which asks for five bytes first and needs two system calls a record.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/io_result.hpp"

struct ssl_st;

namespace baton::net {

class tls_context;

/// One worker's, for all its connections: nothing stays in them from one call to the next.
struct tls_buffers {
  std::array<char, 18 * 1024> ciphertext;  // a record and its overhead
  std::array<char, 16 * 1024> plaintext;   // what one record holds
};

enum class handshake_step : std::uint8_t {
  done,
  wants_read,
  wants_write,
  failed,     ///< the alert has been sent, as far as the kernel took it
  plain_http  ///< failed: the client speaks HTTP without TLS
};

/// One thread.
class tls_session {
 public:
  /// The server's side on `socket`, which is non-blocking and stays open until `abandon`. Throws std::bad_alloc.
  tls_session(std::shared_ptr<const tls_context> context, int socket, tls_buffers& buffers);
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  /// Goes on with the handshake as far as possible. Again when the socket is ready, until it is done.
  [[nodiscard]] handshake_step handshake() noexcept;

  /// Decrypts what is there, now. `end_of_file`: the peer has said farewell, or closed without it; framing
  /// tells whether something is missing.
  [[nodiscard]] io_result read(std::span<char> into) noexcept;
  /// Ciphertext that somebody else has read from the socket; before the next `read`, which must follow at once.
  /// `more`: the socket may hold further bytes. `ciphertext` is copied, at most sizeof tls_buffers::ciphertext.
  void feed(std::span<const char> ciphertext, bool more) noexcept;
  /// Encrypts both parts into one record (at most 16 KiB of them) and sends it. After `would_block` the
  /// next call must offer the same bytes, or more.
  [[nodiscard]] io_result write(std::string_view first, std::string_view second) noexcept;

  /// `read` would give something without the socket, or might.
  [[nodiscard]] bool pending() const noexcept;
  /// Half a record has come: its rest may never.
  [[nodiscard]] bool partial() const noexcept;
  /// `read` said would_block because the socket takes no more: an answer of the protocol's own.
  [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }

  /// Sends close_notify, as far as the kernel takes it; nothing can be written afterwards. Once, and only after
  /// a handshake and without an error.
  void notify_close() noexcept;
  /// The socket is closed, and its number may soon be another's: every later call fails.
  void abandon() noexcept;

  // After the handshake.
  /// The subject of the verified client certificate, RFC 2253; empty without one.
  [[nodiscard]] std::string client_subject() const;
  /// The name that the client asked for; empty without one.
  [[nodiscard]] std::string server_name() const;
  /// `TLSv1.3 TLS_AES_128_GCM_SHA256`
  [[nodiscard]] std::string description() const;
  [[nodiscard]] bool resumed() const noexcept;
  /// After `failed`: OpenSSL's reason, or that the peer has gone.
  [[nodiscard]] std::string_view failure() const noexcept { return failure_; }

 private:
  friend struct socket_bio;

  [[nodiscard]] io_result outcome(int returned) noexcept;
  [[nodiscard]] bool keep_rest() noexcept;
  [[nodiscard]] long fetch() noexcept;
  int bio_read(std::span<char> into, bool& retry) noexcept;
  int bio_write(std::span<const char> from, bool& retry) noexcept;

  const std::shared_ptr<const tls_context> context_;
  int socket_;  // -1 once abandoned
  tls_buffers& buffers_;
  ssl_st* ssl_ = nullptr;
  std::span<const char> window_;  // ciphertext not used yet, in the worker's buffer or in `rest_`
  std::string rest_;              // what was left of it when the last call ended
  bool more_ = true;              // the socket may hold bytes
  int fetches_left_ = 0;          // of this call; then the other connections have their turn
  bool wants_write_ = false;
  bool established_ = false;
  bool broken_ = false;  // after a fatal error, or close_notify: nothing may be sent
  bool peer_gone_ = false;
  std::string_view failure_;
};

}  // namespace baton::net
