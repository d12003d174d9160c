#include "os/precedence.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

#include "os/privileges.hpp"

namespace baton::os {
namespace {

constexpr int highest = -20;
constexpr std::chrono::nanoseconds short_slice{100'000};
constexpr std::uint32_t ordinary_policy = 0;           // SCHED_OTHER, by the kernel's name SCHED_NORMAL
constexpr std::uint64_t children_are_ordinary = 0x01;  // SCHED_FLAG_RESET_ON_FORK

// As sched_setattr(2) has it; the kernel's header cannot be read beside <sched.h>.
struct scheduling {
  std::uint32_t size = sizeof(scheduling);
  std::uint32_t policy = ordinary_policy;
  std::uint64_t flags = 0;
  std::int32_t niceness = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // the slice, nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(scheduling) == 48, "SCHED_ATTR_SIZE_VER0");

// The C library has no functions for these two.
std::optional<scheduling> attributes_of(pid_t thread) noexcept {
  scheduling all;
  if (::syscall(SYS_sched_getattr, thread, &all, sizeof all, 0U) != 0) return std::nullopt;
  return all;
}

bool set(pid_t thread, int niceness, std::chrono::nanoseconds slice, std::uint64_t flags) noexcept {
  scheduling wanted;
  wanted.flags = flags;
  wanted.niceness = niceness;
  wanted.runtime = static_cast<std::uint64_t>(slice.count());
  return ::syscall(SYS_sched_setattr, thread, &wanted, 0U) == 0;
}

}  // namespace

precedence::precedence(const std::vector<pid_t>& threads) {
  if (!may_raise_priority()) return;
  before_.reserve(threads.size());
  for (const pid_t thread : threads) {
    const auto found = attributes_of(thread);
    if (!found || found->policy != ordinary_policy || found->niceness != 0) continue;
    if (!set(thread, highest, short_slice, children_are_ordinary)) continue;
    before_.push_back({thread, std::chrono::nanoseconds{found->runtime}});
  }
}

// Only CAP_SYS_NICE takes the flag back. Without it, the flag stays, which changes nothing for threads of niceness 0.
precedence::~precedence() {
  for (const ordinary& each : before_) {
    if (!set(each.thread, 0, each.slice, 0)) {
      static_cast<void>(set(each.thread, 0, each.slice, children_are_ordinary));
    }
  }
}

std::vector<pid_t> other_threads() {
  std::vector<pid_t> all;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task", unreadable}) {
    const std::string name = entry.path().filename();
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    if (thread != ::gettid()) all.push_back(thread);
  }
  return all;
}

}  // namespace baton::os
