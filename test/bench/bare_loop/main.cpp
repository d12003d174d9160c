// The least that a server can do, as the limit that others are held against: one epoll set, one recv, the
// end of the head, one send; pipelined answers leave together. No parser, no router, no time-outs, no limits.
//
//     bench_bare_loop --port PORT      0: any; prints `serving PORT`, ends with SIGTERM or SIGINT
//
// GET /plaintext, /json and /static/... (1 KiB), from memory; POST /echo, which sends the body back as it
// comes. `Connection: close` is kept to. Anything else is not understood, and ends the connection.
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "answers.hpp"
#include "os/unique_fd.hpp"

using baton::os::unique_fd;
using namespace baton::bench;

namespace {

struct connection {
  explicit connection(int fd) : socket{fd} {}
  unique_fd socket;
  std::string kept;           // a head of which the end is missing
  std::string unsent;         // what the socket did not take; nothing is read meanwhile
  std::size_t body_left = 0;  // of a body that is being sent back
  bool last = false;          // after what is unsent
};

volatile std::sig_atomic_t stopped = 0;

void check(bool fine, const char* call) {
  if (!fine) throw std::runtime_error{std::string{call} + ": " + std::strerror(errno)};
}

unique_fd listen_on(std::uint16_t port) {
  unique_fd made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  check(::listen(made.get(), 4096) == 0, "listen");
  socklen_t size = sizeof address;
  check(::getsockname(made.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  std::cout << "serving " << ntohs(address.sin_port) << std::endl;
  return made;
}

class loop {
 public:
  explicit loop(std::uint16_t port) : set_{::epoll_create1(EPOLL_CLOEXEC)}, listener_{listen_on(port)} {
    control(EPOLL_CTL_ADD, listener_.get(), EPOLLIN, nullptr);
  }

  void run() {
    std::array<epoll_event, 256> events;
    while (stopped == 0) {
      const int ready = ::epoll_wait(set_.get(), events.data(), events.size(), 1000);
      answers_.set_date(::time(nullptr));
      for (int i = 0; i < ready; ++i) {
        auto* const who = static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (who == nullptr) {
          accept_all();
        } else if (!serve(*who)) {
          delete who;
        }
      }
    }
  }

 private:
  void control(int operation, int fd, std::uint32_t events, connection* who) {
    epoll_event wanted{};
    wanted.events = events;
    wanted.data.ptr = who;
    check(::epoll_ctl(set_.get(), operation, fd, &wanted) == 0, "epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      // Owned by its entry in the set.
      control(EPOLL_CTL_ADD, fd, EPOLLIN, std::make_unique<connection>(fd).release());
    }
  }

  // False: to be closed.
  bool serve(connection& who) {
    if (!who.unsent.empty()) return flush(who);
    const ssize_t got = ::recv(who.socket.get(), in_.data(), in_.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    std::string_view bytes{in_.data(), static_cast<std::size_t>(got)};
    if (!who.kept.empty()) {
      joined_ = std::exchange(who.kept, {}).append(bytes);
      bytes = joined_;
    }
    out_.clear();
    while (!bytes.empty() && !who.last) {
      if (!answer_one(who, bytes)) return false;
    }
    return send(who);
  }

  // Appends one answer, or a part of a body, to what is to be sent. False: not understood.
  bool answer_one(connection& who, std::string_view& bytes) {
    if (who.body_left != 0) {
      const auto part = std::min(who.body_left, bytes.size());
      out_.append(bytes.substr(0, part));
      who.body_left -= part;
      bytes.remove_prefix(part);
      return true;
    }
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      who.kept = bytes;
      bytes = {};
      return who.kept.size() < in_.size();
    }
    const auto head = bytes.substr(0, end + 4);
    bytes.remove_prefix(head.size());
    who.last = head.find("\r\nConnection: close\r\n") != std::string_view::npos;
    return answers_.append(head, out_, who.body_left);
  }

  bool send(connection& who) {
    if (out_.empty()) return true;
    const ssize_t sent = ::send(who.socket.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    const auto part = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (part == out_.size()) return !who.last || who.body_left != 0;
    who.unsent.assign(out_, part);
    control(EPOLL_CTL_MOD, who.socket.get(), EPOLLOUT, &who);
    return true;
  }

  bool flush(connection& who) {
    const ssize_t sent = ::send(who.socket.get(), who.unsent.data(), who.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    who.unsent.erase(0, static_cast<std::size_t>(sent));
    if (!who.unsent.empty()) return true;
    if (who.last && who.body_left == 0) return false;
    control(EPOLL_CTL_MOD, who.socket.get(), EPOLLIN, &who);
    return true;
  }

  const unique_fd set_;
  const unique_fd listener_;
  answers answers_;
  std::array<char, 64 * 1024> in_;
  std::string joined_;
  std::string out_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 || std::string_view{argv[1]} != "--port")
    throw std::invalid_argument{"usage: bench_bare_loop --port PORT"};
  struct sigaction stop {};
  stop.sa_handler = [](int) { stopped = 1; };
  ::sigaction(SIGTERM, &stop, nullptr);
  ::sigaction(SIGINT, &stop, nullptr);
  std::make_unique<loop>(static_cast<std::uint16_t>(std::atoi(argv[2])))->run();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "bench_bare_loop: " << error.what() << '\n';
  return 1;
}
