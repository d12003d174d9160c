// One connection's bytes, plain or through TLS, without blocking. A branch decides, not a virtual call: plain
// text has to cost next to nothing more than its system calls.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "os/unique_fd.hpp"

using SSL = struct ssl_st;

namespace baton::bench {

/// What became of reading or writing.
struct transfer {
  enum class fate { moved, blocked, ended, failed };
  fate what = fate::failed;
  std::size_t bytes = 0;  // with `moved`, at least 1
};

struct ssl_deleter {
  void operator()(SSL* session) const noexcept;
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

class wire {
 public:
  wire() = default;
  /// A socket that does not block; `session`, if any, is bound to it.
  explicit wire(os::unique_fd socket, ssl_ptr session = {}) noexcept
      : socket_{std::move(socket)}, session_{std::move(session)} {}

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] bool open() const noexcept { return static_cast<bool>(socket_); }
  [[nodiscard]] bool plain() const noexcept { return !session_; }
  /// TLS continued an earlier session. Valid once bytes were read.
  [[nodiscard]] bool resumed() const noexcept;

  /// `blocked` also while connecting and shaking hands: call again when the socket is ready either way.
  transfer write(std::string_view bytes) noexcept;
  transfer read(std::span<char> into) noexcept;
  /// Throws up to `bytes` received ones away, uncopied. Plain text only.
  transfer skip(std::size_t bytes) noexcept;
  void close() noexcept;

 private:
  transfer through_tls(int moved) noexcept;

  os::unique_fd socket_;
  ssl_ptr session_;
};

}  // namespace baton::bench
