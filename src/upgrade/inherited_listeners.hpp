// The listening sockets that came in at start, handed out to the configured listeners. A predecessor
// says which configured text each one belongs to; systemd does not, so the bound address decides
// then, and also where the text has changed but means the same address.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/unique_fd.hpp"

namespace baton::upgrade {

class inherited_listeners {
 public:
  struct entry {
    std::string spec;  ///< the predecessor's configured text; empty: unknown
    os::unique_fd fd;
  };

  inherited_listeners() = default;
  explicit inherited_listeners(std::vector<entry> entries) noexcept : entries_{std::move(entries)} {}

  /// The first socket left whose text is exactly `spec`, else the first one that is bound to the
  /// address that `spec` names; nullopt if there is none. Port 0 matches by text only. Call it again
  /// for more sockets of the same address (SO_REUSEPORT).
  [[nodiscard]] std::optional<os::unique_fd> take(std::string_view spec);

  /// What nobody took, in order. Closing them loses nothing while the predecessor, which holds its
  /// own copies, still empties their queues.
  [[nodiscard]] std::vector<entry> rest() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  std::vector<entry> entries_;
};

}  // namespace baton::upgrade
