// What /proc tells of a process: descriptors, threads, children, memory and processor time. The
// system tests compare these before and after, because a leak shows nowhere else.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace baton::test::proc {

struct process {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = '?';              ///< `Z` is a zombie
  std::uint64_t start_time = 0;  ///< clock ticks since boot; with the pid it names a process for good
};

/// Nullopt if there is no such process.
[[nodiscard]] std::optional<process> look(pid_t pid);

/// It exists and is no zombie.
[[nodiscard]] bool alive(pid_t pid);

/// Direct children, zombies included.
[[nodiscard]] std::vector<process> children(pid_t pid);

/// Children that have ended and were not waited for.
[[nodiscard]] std::size_t zombies(pid_t pid);

[[nodiscard]] std::size_t threads(pid_t pid);

/// Each niceness that a thread of it has, once.
[[nodiscard]] std::set<int> niceness(pid_t pid);

/// The targets of the open descriptors, sorted. Numbers that differ from run to run are left out:
/// `socket tcp listening`, `socket tcp`, `socket unix`, `pipe`, `anon_inode:[eventpoll]`, a file's path.
[[nodiscard]] std::vector<std::string> descriptors(pid_t pid);

/// Descriptor numbers and raw targets, for messages.
[[nodiscard]] std::string describe_descriptors(pid_t pid);

/// Resident memory, KiB. Zero if there is no such process.
[[nodiscard]] std::size_t resident_kib(pid_t pid);

/// The highest resident memory so far, KiB.
[[nodiscard]] std::size_t peak_resident_kib(pid_t pid);

/// Processor time, user and system.
[[nodiscard]] std::chrono::milliseconds cpu_time(pid_t pid);

}  // namespace baton::test::proc
