// The other end of service_notify: for a process that stands between systemd and the service.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

class notify_receiver {
 public:
  /// An abstract socket under a name of the kernel's choice, so that nothing must be writable and nothing
  /// is left behind. CLOEXEC and non-blocking.
  static result<notify_receiver> open();

  /// For NOTIFY_SOCKET: an abstract name after `@`.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] fd_view descriptor() const noexcept { return fd_; }

  struct note {
    std::string text;
    pid_t sender = 0;
  };
  /// The next datagram; nullopt if there is none. Anybody may send to an abstract name: what does not come
  /// from our own user or from root is dropped, so are descriptors that come along.
  [[nodiscard]] std::optional<note> read();

 private:
  notify_receiver(unique_fd fd, std::string name) noexcept : fd_{std::move(fd)}, name_{std::move(name)} {}
  unique_fd fd_;
  std::string name_;
};

}  // namespace baton::os
