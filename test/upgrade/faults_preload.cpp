// The library that is preloaded into processes whose system calls are to fail; see fault_board.hpp. It
// stands between the program and the C library and adds nothing where no rule is armed. Parts of it run
// in the child of vfork, so it allocates nothing and takes no locks.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include "fault_board.hpp"

using namespace baton::test;

namespace {

fault_board* board = nullptr;

// The real ones, found before main: looking them up takes locks.
struct real_calls {
  pid_t (*vfork)();
  int (*execve)(const char*, char* const*, char* const*);
  int (*socketpair)(int, int, int, int*);
  int (*pipe2)(int*, int);
  int (*dup2)(int, int);
  int (*fcntl)(int, int, ...);
  int (*memfd_create)(const char*, unsigned);
  int (*accept4)(int, sockaddr*, socklen_t*, int);
  int (*open)(const char*, int, ...);
  ssize_t (*write)(int, const void*, std::size_t);
  int (*rename)(const char*, const char*);
  int (*epoll_ctl)(int, int, int, epoll_event*);
  ssize_t (*sendmsg)(int, const msghdr*, int);
  ssize_t (*recvmsg)(int, msghdr*, int);
  ssize_t (*send)(int, const void*, std::size_t, int);
  ssize_t (*recv)(int, void*, std::size_t, int);
  long (*syscall)(long, ...);
} real;

template <class Function>
void find(Function*& to, const char* name) {
  to = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

[[gnu::constructor]] void load() {
  find(real.vfork, "vfork");
  find(real.execve, "execve");
  find(real.socketpair, "socketpair");
  find(real.pipe2, "pipe2");
  find(real.dup2, "dup2");
  find(real.fcntl, "fcntl");
  find(real.memfd_create, "memfd_create");
  find(real.accept4, "accept4");
  find(real.open, "open");
  find(real.write, "write");
  find(real.rename, "rename");
  find(real.epoll_ctl, "epoll_ctl");
  find(real.sendmsg, "sendmsg");
  find(real.recvmsg, "recvmsg");
  find(real.send, "send");
  find(real.recv, "recv");
  find(real.syscall, "syscall");
  const char* const path = std::getenv(fault_board_variable);
  const int fd = path == nullptr ? -1 : real.open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* const memory = ::mmap(nullptr, sizeof(fault_board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory != MAP_FAILED) board = static_cast<fault_board*>(memory);
}

fault_slot* slot_of(fault_call call) {
  if (board == nullptr) return nullptr;
  fault_slot& slot = board->slots[static_cast<std::size_t>(call)];
  return slot.armed.load() == 0 ? nullptr : &slot;
}

// splitmix64
std::uint64_t random_number() {
  std::uint64_t z = board->random.fetch_add(0x9e3779b97f4a7c15) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The rule of this call, if it is this process's and this time's turn.
const fault_rule* turn(fault_call call, std::uint32_t message = 0) {
  fault_slot* const slot = slot_of(call);
  if (slot == nullptr) return nullptr;
  const fault_rule& rule = slot->rule;
  const auto self = static_cast<std::int32_t>(::getpid());
  if (rule.pid > 0 && rule.pid != self) return nullptr;
  if (rule.pid < 0 && -rule.pid == self) return nullptr;
  if (rule.message != 0 && rule.message != message) return nullptr;
  if (rule.one_in > 1 && random_number() % rule.one_in != 0) return nullptr;
  if (slot->skipped.fetch_add(1) < rule.skip) return nullptr;
  if (slot->done.fetch_add(1) >= rule.times) return nullptr;
  return &rule;
}

void act(const fault_rule& rule) {
  if (rule.deed == fault_deed::kill) ::kill(::getpid(), SIGKILL);
  if (rule.deed == fault_deed::stop) ::kill(::getpid(), SIGSTOP);
}

// Whether the call fails; errno is set then.
bool fails(const fault_rule* rule) {
  if (rule == nullptr || rule->after) return false;
  act(*rule);
  if (rule->deed != fault_deed::fail) return false;
  errno = rule->error;
  return true;
}

void afterwards(const fault_rule* rule) {
  if (rule == nullptr || !rule->after) return;
  const int kept = errno;
  act(*rule);
  errno = kept;
}

bool shortened(const fault_rule* rule) {
  return rule != nullptr && rule->deed == fault_deed::shorten;
}

int socket_option(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : 0;
}

bool is_channel(int fd) {
  return socket_option(fd, SO_TYPE) == SOCK_SEQPACKET;
}

bool is_stream(int fd) {
  return socket_option(fd, SO_TYPE) == SOCK_STREAM;
}

std::uint32_t first_byte(const msghdr* message) {
  if (message->msg_iovlen == 0 || message->msg_iov[0].iov_len == 0) return 0;
  return *static_cast<const unsigned char*>(message->msg_iov[0].iov_base);
}

// What comes next on the channel, without taking it.
std::uint32_t next_byte(int fd) {
  unsigned char byte = 0;
  return real.recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0 ? byte : 0;
}

template <class Message>
ssize_t one_byte(ssize_t (*call)(int, Message*, int), int fd, const msghdr& message, int flags) {
  msghdr small = message;
  iovec byte{message.msg_iov[0].iov_base, 1};
  small.msg_iov = &byte;
  small.msg_iovlen = 1;
  return call(fd, &small, flags);
}

bool has_bytes(const msghdr* message) {
  return message->msg_iovlen > 0 && message->msg_iov[0].iov_len > 0;
}

bool for_writing(int flags) {
  return (flags & (O_WRONLY | O_RDWR)) != 0;
}

bool is_file(int fd) {
  struct stat about {};
  return ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

}  // namespace

extern "C" {

// It must not return here after the child's return to the caller: the call has to be a jump, which the
// build makes sure of (-O2), so there is nothing behind it.
pid_t vfork() noexcept {
  if (fails(turn(fault_call::vfork))) return -1;
  return real.vfork();
}

int execve(const char* path, char* const* arguments, char* const* environment) noexcept {
  if (fails(turn(fault_call::execve))) return -1;
  return real.execve(path, arguments, environment);
}

int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  if (fails(turn(fault_call::socketpair))) return -1;
  return real.socketpair(domain, type, protocol, ends);
}

int pipe2(int* ends, int flags) noexcept {
  if (fails(turn(fault_call::pipe2))) return -1;
  return real.pipe2(ends, flags);
}

int dup2(int from, int to) noexcept {
  if (fails(turn(fault_call::duplicate))) return -1;
  return real.dup2(from, to);
}

int fcntl(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  if (command == F_DUPFD_CLOEXEC && fails(turn(fault_call::duplicate))) return -1;
  return real.fcntl(fd, command, argument);
}

int memfd_create(const char* name, unsigned flags) noexcept {
  if (fails(turn(fault_call::memfd_create))) return -1;
  return real.memfd_create(name, flags);
}

int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  if (fails(turn(fault_call::accept4))) return -1;
  return real.accept4(fd, address, size, flags);
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = va_arg(more, mode_t);
  va_end(more);
  if (for_writing(flags) && fails(turn(fault_call::open))) return -1;
  return real.open(path, flags, mode);
}

ssize_t write(int fd, const void* bytes, std::size_t size) {
  if (slot_of(fault_call::write) == nullptr || !is_file(fd)) return real.write(fd, bytes, size);
  const fault_rule* const rule = turn(fault_call::write);
  if (fails(rule)) return -1;
  return real.write(fd, bytes, shortened(rule) && size > 1 ? 1 : size);
}

int rename(const char* from, const char* to) noexcept {
  if (fails(turn(fault_call::rename))) return -1;
  return real.rename(from, to);
}

int epoll_ctl(int poll, int operation, int fd, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && fails(turn(fault_call::epoll_ctl))) return -1;
  return real.epoll_ctl(poll, operation, fd, event);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (slot_of(fault_call::channel_send) != nullptr && is_channel(fd)) {
    const fault_rule* const rule = turn(fault_call::channel_send, first_byte(message));
    if (fails(rule)) return -1;
    const ssize_t sent = real.sendmsg(fd, message, flags);
    afterwards(rule);
    return sent;
  }
  if (slot_of(fault_call::stream_send) != nullptr && is_stream(fd)) {
    const fault_rule* const rule = turn(fault_call::stream_send);
    if (fails(rule)) return -1;
    if (shortened(rule) && has_bytes(message)) return one_byte(real.sendmsg, fd, *message, flags);
  }
  return real.sendmsg(fd, message, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  if (slot_of(fault_call::channel_receive) != nullptr && is_channel(fd)) {
    const std::uint32_t type = next_byte(fd);
    const fault_rule* const rule = type == 0 ? nullptr : turn(fault_call::channel_receive, type);
    if (fails(rule)) return -1;
    const ssize_t received = real.recvmsg(fd, message, flags);
    afterwards(rule);
    return received;
  }
  if (slot_of(fault_call::stream_receive) != nullptr && is_stream(fd)) {
    const fault_rule* const rule = turn(fault_call::stream_receive);
    if (fails(rule)) return -1;
    if (shortened(rule) && has_bytes(message)) return one_byte(real.recvmsg, fd, *message, flags);
  }
  return real.recvmsg(fd, message, flags);
}

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
  if (slot_of(fault_call::stream_send) == nullptr || !is_stream(fd)) return real.send(fd, bytes, size, flags);
  const fault_rule* const rule = turn(fault_call::stream_send);
  if (fails(rule)) return -1;
  return real.send(fd, bytes, shortened(rule) && size > 1 ? 1 : size, flags);
}

ssize_t recv(int fd, void* bytes, std::size_t size, int flags) {
  if (slot_of(fault_call::stream_receive) == nullptr || !is_stream(fd)) return real.recv(fd, bytes, size, flags);
  const fault_rule* const rule = turn(fault_call::stream_receive);
  if (fails(rule)) return -1;
  return real.recv(fd, bytes, shortened(rule) && size > 1 ? 1 : size, flags);
}

// What is called past the C library's wrappers. No call has more than six arguments.
long syscall(long number, ...) noexcept {
  va_list more;
  va_start(more, number);
  long arguments[6];
  for (long& each : arguments) each = va_arg(more, long);
  va_end(more);
  auto& [first, second, third, fourth, fifth, sixth] = arguments;
  if (number == SYS_pidfd_open && fails(turn(fault_call::pidfd_open))) return -1;
  if (number == SYS_sendto && slot_of(fault_call::stream_send) != nullptr && is_stream(static_cast<int>(first))) {
    const fault_rule* const rule = turn(fault_call::stream_send);
    if (fails(rule)) return -1;
    if (shortened(rule) && third > 1) third = 1;
  }
  return real.syscall(number, first, second, third, fourth, fifth, sixth);
}

}  // extern "C"
