// The service manager's end of the notification socket: every datagram in its order, with its sender.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/descriptor.hpp"
#include "support/eventually.hpp"

namespace baton::test {

struct service_note {
  std::string text;  ///< empty: none came in time
  pid_t sender = 0;
};

class service_manager {
 public:
  /// `name`: a path, or an abstract name after `@`. Throws std::system_error.
  explicit service_manager(const std::string& name);

  /// The next datagram.
  [[nodiscard]] service_note next(std::chrono::milliseconds limit = patience) const;
  /// The next one that does not begin with `prefix`.
  [[nodiscard]] service_note next_but(std::string_view prefix, std::chrono::milliseconds limit = patience) const;
  /// All that have come by now.
  [[nodiscard]] std::vector<std::string> pending() const;

 private:
  descriptor socket_;
};

}  // namespace baton::test
