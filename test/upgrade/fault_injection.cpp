#include "fault_injection.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "support/sockets.hpp"

namespace baton::test {

fault_injection::fault_injection(std::uint64_t seed) {
  const auto path = directory_ / "board";
  const descriptor file{checked(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open")};
  checked(::ftruncate(file.get(), sizeof(fault_board)), "ftruncate");
  void* const memory = ::mmap(nullptr, sizeof(fault_board), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) checked(-1, "mmap");
  board_ = new (memory) fault_board{};
  board_->random = seed;
}

fault_injection::~fault_injection() {
  ::munmap(board_, sizeof(fault_board));
}

launch fault_injection::into(launch how) const {
  how.environment.emplace_back("LD_PRELOAD", FAULTS_PRELOAD);
  how.environment.emplace_back(fault_board_variable, directory_ / "board");
  return how;
}

void fault_injection::arm(fault_call call, const fault_rule& rule) {
  auto& at = slot(call);
  at.armed = 0;
  at.rule = rule;
  at.skipped = 0;
  at.done = 0;
  at.armed = 1;
}

void fault_injection::disarm(fault_call call) {
  slot(call).armed = 0;
}

void fault_injection::disarm_all() {
  for (auto& each : board_->slots) each.armed = 0;
}

std::uint32_t fault_injection::acted(fault_call call) const {
  return std::min(slot(call).done.load(), slot(call).rule.times);
}

const char* to_string(fault_call call) noexcept {
  constexpr const char* names[] = {
      "vfork", "execve", "socketpair", "pipe2",     "duplicate",    "memfd_create",    "pidfd_open",  "accept4",
      "open",  "write",  "rename",     "epoll_ctl", "channel_send", "channel_receive", "stream_send", "stream_receive"};
  return names[static_cast<std::size_t>(call)];
}

}  // namespace baton::test
