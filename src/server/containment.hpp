// What a process gives up before it serves, as `privileges.*` say, and how many descriptors it may have. The order at
// a start: the umask first; logs and listeners are opened; then root's rights go, before a worker, a request or the
// pid file: what is written later must be writable for the user it has become.
//
// A later generation starts as that user and finds nothing to give up. Listeners that are handed over need no
// privilege; ports below 1024 that are new need CAP_NET_BIND_SERVICE, which passes on with `privileges.keep = bind`.
//
// Rejected: a privileged parent that opens things for its children. It would be one more process to upgrade, and the
// one thing root is needed for, binding low ports, has a capability of its own.
#pragma once

#include <optional>
#include <string>

#include <baton/options.hpp>

#include "os/privileges.hpp"

namespace baton {

class containment {
 public:
  /// Sets the umask. Throws std::runtime_error where `privileges.user` is nobody that this process can become.
  explicit containment(const options& settings);

  /// Gives the paths that this process has opened as root to the user, and becomes that user. Once, on the thread that
  /// binds listeners and starts processes, before there are workers. Throws std::runtime_error.
  void enforce();

 private:
  void give_paths() const;
  void give_listener(const std::string& address) const;
  void give_path(const std::string& path) const;
  void report() const;

  const options& settings_;
  std::optional<os::account> who_;
};

/// Raises RLIMIT_NOFILE to what `limits.connections` needs, or without a limit there as far as it goes (at most
/// 1,048,576), and warns where the hard limit is in the way. Before the limit is read, and again after a reload.
void fit_descriptor_limit(const options& settings);

}  // namespace baton
