// The epoll set. Edges, both ways, registered once: a connection costs no epoll_ctl after its first, and a
// read that got less than it asked for needs no second one to learn that there is no more.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <sys/epoll.h>

#include "options.hpp"
#include "os/unique_fd.hpp"

namespace baton::bench {

class poller {
 public:
  /// Throws std::system_error.
  poller();
  void add(int fd, std::uint64_t id);
  /// What became ready, until `latest` at the longest; precise to a few microseconds.
  [[nodiscard]] std::span<const epoll_event> wait(steady::time_point latest);

 private:
  os::unique_fd set_;
  std::array<epoll_event, 512> events_{};
};

}  // namespace baton::bench
