// Where a server listens, in the words of its serving line: `http://127.0.0.1:8080`,
// `http://[::]:8080`, `unix:/path`. `https://` and `redirect://` may stand there too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace baton::test {

struct endpoint {
  std::string host;        ///< numeric; empty for a unix socket
  std::uint16_t port = 0;  ///< zero for a unix socket
  std::string path;        ///< of a unix socket

  /// Throws std::invalid_argument for anything but the forms above.
  [[nodiscard]] static endpoint parse(std::string_view text);
  [[nodiscard]] bool local() const noexcept { return !path.empty(); }
  /// `127.0.0.1:8080`, as `--listen` takes it.
  [[nodiscard]] std::string text() const;
};

}  // namespace baton::test
