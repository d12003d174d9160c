// What a test and the processes under test share when system calls are to fail: a page of memory, mapped
// from a file by the test and by the library faults.so that is preloaded into the processes. The test
// arms a rule at any time, for processes that run already too; the library obeys and counts.
//
// A rule may name one kind of message of the hand-over channel, so that `die when the second batch of
// connections has been received` needs no test build of the server.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace baton::test {

enum class fault_call : std::uint32_t {
  vfork,
  execve,
  socketpair,
  pipe2,
  duplicate,  ///< dup2, and fcntl with F_DUPFD_CLOEXEC
  memfd_create,
  pidfd_open,
  accept4,
  open,   ///< for writing
  write,  ///< to a file
  rename,
  epoll_ctl,        ///< EPOLL_CTL_ADD
  channel_send,     ///< sendmsg on the hand-over channel
  channel_receive,  ///< recvmsg on it
  stream_send,      ///< send, sendto and sendmsg to a client
  stream_receive,   ///< recv and recvmsg from a client
  count
};

enum class fault_deed : std::uint32_t {
  fail,     ///< with `error`; the call is not made
  shorten,  ///< of streams and files: one byte
  kill,     ///< SIGKILL to the process that calls
  stop      ///< SIGSTOP to it
};

struct fault_rule {
  fault_deed deed = fault_deed::fail;
  std::int32_t error = 0;
  std::int32_t pid = 0;       ///< 0: any process; negative: any but that one
  std::uint32_t message = 0;  ///< of the channel: the type in the message's first byte; 0: any
  bool after = false;         ///< the deed (kill, stop) is done when the call has been made
  std::uint32_t skip = 0;     ///< calls that go well first
  std::uint32_t times = 1;    ///< so often, then no more
  std::uint32_t one_in = 1;   ///< at random, one of so many
};

struct fault_slot {
  std::atomic<std::uint32_t> armed;
  fault_rule rule;  // written while not armed
  std::atomic<std::uint32_t> skipped;
  std::atomic<std::uint32_t> done;
};

struct fault_board {
  std::atomic<std::uint64_t> random;  ///< the seed, then what follows from it
  fault_slot slots[static_cast<std::size_t>(fault_call::count)];
};

inline constexpr const char* fault_board_variable = "BATON_TEST_FAULT_BOARD";

}  // namespace baton::test
