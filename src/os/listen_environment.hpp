// The door through which descriptors come in at start, the same for systemd's socket activation
// (sd_listen_fds(3)) and for a predecessor of our own, which adds two private variables. What the
// environment claims is believed only if LISTEN_PID names this very process and every descriptor is
// what it should be: a variable inherited through some wrapper must not make us adopt its files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

inline constexpr int first_listen_descriptor = 3;
inline constexpr int max_listen_descriptors = 1024;

/// Private to a predecessor and its child: the numbers of the hand-over channel, which follows the
/// listeners, and of the standard error that the child takes over when it is ready.
inline constexpr std::string_view channel_variable = "BATON_CHANNEL_FD";
inline constexpr std::string_view stderr_variable = "BATON_STDERR_FD";

struct inherited_descriptor {
  unique_fd fd;      ///< a listening stream socket
  std::string name;  ///< from LISTEN_FDNAMES; `unknown` without it, as in systemd
};

struct listen_environment {
  std::vector<inherited_descriptor> listeners;  ///< in the order of their numbers
  unique_fd channel;                            ///< empty unless a predecessor started us
  unique_fd standard_error;                     ///< with `channel`
};

/// Reads and removes the variables and takes the descriptors, each with CLOEXEC. Empty where there
/// are no variables or they are for another process. An error where they are for us but broken: a
/// count over `max_listen_descriptors`, names that do not fit, something that is no listening stream
/// socket or no channel; the descriptors are left alone then. Once, at start, before other threads.
result<listen_environment> take_listen_environment();

}  // namespace baton::os
