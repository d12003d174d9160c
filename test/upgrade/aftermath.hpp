// What is left when all that was going on has come to its end: one process that serves, and nobody else.
#pragma once

#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace baton::test {

/// The pids of this program's descendants that live.
[[nodiscard]] std::vector<pid_t> living(server_process& server);

/// Waits until one process is left and answers at `where`; its pid. Fails the test if that does not come.
pid_t await_last_one(server_process& server, const endpoint& where);

/// The descriptors of a process, once it has no connections: those of requests may still be closing. Fails
/// the test, and gives them too, if they remain.
[[nodiscard]] std::vector<std::string> settled_descriptors(pid_t pid);

}  // namespace baton::test
