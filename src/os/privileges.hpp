// Giving up being root, once and for good, and what of it stays. Capabilities are set by their system calls: libcap
// would be a library more for four of them.
//
// The kernel keeps capabilities for each thread. `become` changes the identity of all threads (glibc sees to that),
// and threads that exist already lose every capability by it; the calling one keeps what was asked for, and what it
// starts afterwards has the same.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "os/error.hpp"

namespace baton::os {

/// Whom a process may run as.
struct account {
  std::string name;  ///< as asked for
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< supplementary ones, `group` among them
};

/// `user`: a name or a number. `group` likewise; empty: the user's own. The error says what is missing.
[[nodiscard]] result<account> find_account(const std::string& user, const std::string& group);

[[nodiscard]] bool is_superuser() noexcept;
/// This process is `who` already, really, effectively and saved.
[[nodiscard]] bool runs_as(const account& who) noexcept;

enum class kept_capabilities : std::uint8_t { none, bind };

/// From root to `who`, with no way back, which is tried; groups first, for afterwards they could not be set. With
/// `bind`, CAP_NET_BIND_SERVICE stays (if root had it) and passes on through exec.
[[nodiscard]] result<void> become(const account& who, kept_capabilities kept);
/// For one that is `who` already: gives up capabilities that are not `kept`; none comes by it.
[[nodiscard]] result<void> limit_capabilities(kept_capabilities kept);

/// Whether this thread may bind ports that the kernel keeps for root.
[[nodiscard]] bool may_bind_low_ports() noexcept;
/// Whether this thread may give a thread any niceness: CAP_SYS_NICE or an RLIMIT_NICE of 40 (getrlimit(2)). A
/// container or a filter of system calls may still say no.
[[nodiscard]] bool may_raise_priority() noexcept;
/// PR_SET_NO_NEW_PRIVS, of this thread and those it starts.
[[nodiscard]] result<void> forbid_new_privileges() noexcept;
/// No core is dumped, and only root can trace the process: its memory holds keys.
void forbid_dumps() noexcept;

/// Gives a path that root owns to `who`; symbolic links themselves. False: it is not root's, or not there.
[[nodiscard]] result<bool> give_path(const std::string& path, const account& who);

}  // namespace baton::os
