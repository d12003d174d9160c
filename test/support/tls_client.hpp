// A client over TLS that sees what the handshake was, and how the connection ends: with a farewell (close_notify) or
// without. Blocking, with a deadline on everything, as raw_client is. Certificates are not verified unless an authority
// is given; tests look at what was shown.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/descriptor.hpp"
#include "support/endpoint.hpp"
#include "support/eventually.hpp"
#include "support/reply_parser.hpp"

namespace baton::test {

/// A session that can be resumed; empty until one has come.
class tls_ticket {
 public:
  [[nodiscard]] explicit operator bool() const noexcept { return session_ != nullptr; }

 private:
  friend class tls_client;
  std::shared_ptr<void> session_;
};

struct tls_wishes {
  std::string name{};  ///< SNI
  std::vector<std::string> protocols{};
  int version = 0;  ///< 12 or 13; zero: either
  std::string ciphers{};
  std::string certificate{};  ///< PEM, of the client; with `key`
  std::string key{};
  bool asks_status = false;  ///< for a stapled OCSP answer
  tls_ticket resume{};
};

enum class tls_ending { open, farewell, fin, reset };

class tls_client {
 public:
  /// Connects and shakes hands. Throws std::runtime_error with OpenSSL's reason, or when it takes too long.
  explicit tls_client(const endpoint& where, const tls_wishes& wishes = {}, std::chrono::milliseconds limit = patience);
  tls_client(tls_client&&) noexcept;
  ~tls_client();

  void send(std::string_view bytes, std::chrono::milliseconds limit = patience);
  /// The next answer. Throws std::runtime_error.
  reply read(std::chrono::milliseconds limit = patience);
  reply get(std::string_view path, std::string_view fields = {});
  /// Reads until the connection ends; `open` if it does not within the limit.
  tls_ending await_end(std::chrono::milliseconds limit = patience);
  /// No byte has come that belongs to no answer read so far.
  [[nodiscard]] bool nothing_unread() const { return parser_.between(); }
  /// Says farewell and closes.
  void close();

  [[nodiscard]] bool resumed() const;
  [[nodiscard]] std::string subject() const;   ///< the common name that the server has shown
  [[nodiscard]] std::string key_kind() const;  ///< `EC` or `RSA`
  [[nodiscard]] std::string protocol() const;  ///< what ALPN has chosen
  [[nodiscard]] std::string version() const;   ///< `TLSv1.3`
  [[nodiscard]] std::string status() const;    ///< the stapled OCSP answer, empty without one
  /// The last session that the server gave; with TLS 1.3 after the first answer.
  [[nodiscard]] tls_ticket ticket() const;
  [[nodiscard]] int native() const noexcept { return fd_.get(); }

 private:
  struct state;
  bool step(int returned, std::chrono::steady_clock::time_point end);
  bool receive(std::chrono::milliseconds limit);

  descriptor fd_;
  std::unique_ptr<state> tls_;
  reply_parser parser_;
  tls_ending end_ = tls_ending::open;
};

/// Why no handshake comes about; empty if one does.
[[nodiscard]] std::string refusal_of(const endpoint& where, const tls_wishes& wishes = {});

}  // namespace baton::test
