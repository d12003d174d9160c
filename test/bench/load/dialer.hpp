// Opens connections. To a loopback server they come from 127.0.0.1, 127.0.0.2 and so on, four thousand each, for
// servers limit what one address may have. Besides, one address has ports for 28,000 connections to the same
// server, and beyond the first half the kernel searches long for a free one: 19,000 took twenty seconds.
#pragma once

#include <cstddef>
#include <memory>

#include <netinet/in.h>

#include "options.hpp"
#include "tls_client.hpp"
#include "wire.hpp"

namespace baton::bench {

class dialer {
 public:
  /// Throws std::invalid_argument if the host is no IPv4 address.
  explicit dialer(const options& wanted);

  /// Begins a connection, which is there when the first write succeeds; not open, with errno, if it cannot.
  [[nodiscard]] wire dial();
  /// Bytes that the kernel may keep for a connection's reader; 0: as it likes. For those dialled from now on.
  void limit_receive_buffer(int bytes) noexcept { receive_buffer_ = bytes; }

 private:
  [[nodiscard]] bool connect_from(int socket, std::size_t source) const noexcept;

  sockaddr_in server_{};
  std::unique_ptr<tls_client> tls_;
  int receive_buffer_ = 0;
  const std::size_t used_sources_;  // before the others are tried
  std::size_t dialled_ = 0;
};

/// Raises the limit of open descriptors to `count`, or to what the system allows if that is less.
void allow_descriptors(std::size_t count) noexcept;

}  // namespace baton::bench
