// One worker whose loop the test runs itself, on the test's own thread, with clients at the other ends
// of socket pairs: nothing happens unless the test lets it, and what it allocates can be counted.
#pragma once

#include <array>
#include <csignal>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include <baton/router.hpp>

#include "os/signal_set.hpp"
#include "os/unique_fd.hpp"
#include "session/connection.hpp"
#include "session/worker_context.hpp"
#include "support/eventually.hpp"

namespace baton::session {

class pair_client {
 public:
  explicit pair_client(os::unique_fd fd) noexcept : fd_{std::move(fd)} {}

  void send(std::string_view bytes) const {
    BOOST_REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// As much as is taken; the server may have closed.
  void send_if_open(std::string_view bytes) const {
    static_cast<void>(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  /// Takes what has come into `into`; how much it was.
  template <std::size_t N>
  std::size_t take(std::array<char, N>& into) {
    const ssize_t count = ::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT);
    if (count == 0) ended_ = true;
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  /// Appends all that has come to `received`.
  void take() {
    std::array<char, 16 * 1024> room{};
    while (const std::size_t count = take(room)) received.append(room.data(), count);
  }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void close() { fd_.reset(); }
  /// Sends FIN; the answer can still be read.
  void half_close() const { ::shutdown(fd_.get(), SHUT_WR); }

  std::string received;

 private:
  os::unique_fd fd_;
  bool ended_ = false;
};

class hand_run_worker {
 public:
  hand_run_worker(const options& settings, router routes)
      : server{settings, routes.release()}, context{server, settings} {
    os::signal_set{SIGPIPE}.block();  // as a worker's own thread does
  }
  /// What runs on the blocking pool posts to the context; the server waits for it before it lets its workers go.
  ~hand_run_worker() { server.blocking.join(); }
  hand_run_worker(const hand_run_worker&) = delete;
  hand_run_worker& operator=(const hand_run_worker&) = delete;

  /// `send_buffer`: of the server's end; zero leaves the system's.
  pair_client connect(int send_buffer = 0) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    if (send_buffer != 0) ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    connection_origin from;
    BOOST_REQUIRE((server.budget.enter(from.peer) == connection_budget::verdict::admitted));
    context.enter(os::unique_fd{ends[0]}, AF_UNIX, std::move(from));
    return pair_client{os::unique_fd{ends[1]}};
  }

  /// Runs what is ready, until `holds`; false if it never does.
  template <class Predicate>
  bool run_until(Predicate&& holds) {
    return test::eventually(test::patience, [&] {
      context.io().restart();
      context.io().poll();
      return holds();
    });
  }
  /// Runs for so long by the worker's own clock.
  bool run_for(std::chrono::milliseconds time) {
    const net::wheel_time end = context.wheel().now() + time;
    return run_until([&] { return context.wheel().now() >= end; });
  }

  server_context server;
  worker_context context;
};

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++count;
  return count;
}

}  // namespace baton::session
