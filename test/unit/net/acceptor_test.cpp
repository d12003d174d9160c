// The acceptor on an io_context that the test runs by hand.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "net/acceptor.hpp"
#include "unit/net/sockets.hpp"

namespace baton::net {
namespace {

using std::chrono::milliseconds;

struct fixture {
  boost::asio::io_context io{1};
  std::vector<accepted_socket> delivered;
  std::unique_ptr<acceptor> accepting;

  void listen(std::string_view spec = "127.0.0.1:0") {
    accepting = std::make_unique<acceptor>(
        io, bind_listener(std::string{spec}, {}),
        [this](accepted_socket socket, const listener&) { delivered.push_back(std::move(socket)); });
  }
  // Runs until so many connections have been delivered; false if they never are.
  bool run_until(std::size_t count) {
    return test::eventually(test::patience, [&] {
      io.restart();
      io.poll();
      return delivered.size() >= count;
    });
  }
};

// Leaves `spare` descriptors to be had, until destroyed.
class descriptor_limit {
 public:
  explicit descriptor_limit(rlim_t spare) {
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const os::unique_fd next{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    rlimit lower = before_;
    lower.rlim_cur = static_cast<rlim_t>(next.get()) + spare;
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  }
  descriptor_limit(const descriptor_limit&) = delete;
  descriptor_limit& operator=(const descriptor_limit&) = delete;
  ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(acceptor_behaviour, fixture)

BOOST_AUTO_TEST_CASE(accepted_sockets_are_close_on_exec_and_non_blocking) {
  listen();
  accepting->start();
  const os::unique_fd client = connect_to(accepting->source());
  BOOST_TEST_REQUIRE(run_until(1));
  BOOST_TEST(close_on_exec(delivered[0].socket));
  BOOST_TEST(non_blocking(delivered[0].socket));
  BOOST_TEST(delivered[0].family == AF_INET);
  BOOST_TEST(to_string(delivered[0].peer, delivered[0].peer_length).starts_with("127.0.0.1:"));
}

BOOST_AUTO_TEST_CASE(every_connection_of_a_burst_is_delivered) {
  listen();
  accepting->start();
  std::vector<os::unique_fd> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(connect_to(accepting->source()));
  BOOST_TEST(run_until(clients.size()));
}

BOOST_AUTO_TEST_CASE(a_stop_delivers_what_the_kernel_has_accepted_already) {
  listen();
  accepting->start();
  std::vector<os::unique_fd> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(connect_to(accepting->source()));
  accepting->stop(true);
  BOOST_TEST(delivered.size() == clients.size());
  io.restart();
  io.poll();
  BOOST_TEST(delivered.size() == clients.size());
}

BOOST_AUTO_TEST_CASE(a_stop_without_a_sweep_delivers_nothing_more) {
  listen();
  accepting->start();
  const os::unique_fd client = connect_to(accepting->source());
  accepting->stop(false);
  io.restart();
  io.poll();
  BOOST_TEST(delivered.empty());
}

BOOST_AUTO_TEST_CASE(while_paused_connections_wait_and_then_they_are_delivered) {
  listen();
  accepting->start();
  const os::unique_fd before = connect_to(accepting->source());
  accepting->pause(true);
  accepting->pause(true);
  BOOST_TEST(delivered.size() == 1U);
  const os::unique_fd meanwhile = connect_to(accepting->source());
  io.restart();
  io.poll();
  BOOST_TEST(delivered.size() == 1U);
  accepting->start();
  BOOST_TEST(run_until(2));
  const os::unique_fd after = connect_to(accepting->source());
  BOOST_TEST(run_until(3));
}

BOOST_AUTO_TEST_CASE(a_stop_while_paused_closes_the_listener) {
  listen();
  accepting->start();
  accepting->pause(false);
  accepting->stop(true);
  BOOST_TEST(accepting->stopped());
  accepting->start();
  io.restart();
  io.poll();
  BOOST_TEST(delivered.empty());
}

BOOST_AUTO_TEST_CASE(after_a_stop_the_port_refuses) {
  listen();
  accepting->start();
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  BOOST_REQUIRE(::getsockname(accepting->source().socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  accepting->stop(true);
  accepting->stop(true);
  const os::unique_fd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  BOOST_TEST(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), length) == -1);
  BOOST_TEST(errno == ECONNREFUSED);
}

// A registration that outlives its descriptor, because another process shares the description, wakes
// the loop for every connection that the other one is to take.
BOOST_AUTO_TEST_CASE(after_a_stop_connections_to_a_shared_listener_wake_nobody) {
  listen();
  accepting->start();
  io.poll();
  listener shared;
  shared.socket = os::unique_fd{::dup(accepting->source().socket.get())};
  accepting->stop(true);
  io.restart();
  io.poll();
  const os::unique_fd client = connect_to(shared);
  BOOST_TEST_REQUIRE(client.get() >= 0);
  pollfd ready{shared.socket.get(), POLLIN, 0};
  BOOST_TEST_REQUIRE(::poll(&ready, 1, 1'000) == 1);
  // Asio's epoll instance is the only one of this process: nothing must be ready in it.
  int instances = 0;
  for (int fd = 0; fd < 256; ++fd) {
    char name[64] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), name, sizeof name - 1) <= 0 || std::string_view{name} != "anon_inode:[eventpoll]")
      continue;
    ++instances;
    const std::string info = "/proc/self/fdinfo/" + std::to_string(fd);
    const os::unique_fd file{::open(info.c_str(), O_RDONLY | O_CLOEXEC)};
    char text[4096] = {};
    BOOST_TEST(::read(file.get(), text, sizeof text - 1) > 0);
    struct stat shared_info {};
    BOOST_TEST(::fstat(shared.socket.get(), &shared_info) == 0);
    char inode[32];
    std::snprintf(inode, sizeof inode, "ino:%lx ", static_cast<unsigned long>(shared_info.st_ino));
    BOOST_TEST(std::string_view{text}.find(inode) == std::string_view::npos, text);
  }
  BOOST_TEST(instances >= 1);
  const os::unique_fd taken{::accept(shared.socket.get(), nullptr, nullptr)};
  BOOST_TEST(taken.get() >= 0);
}

BOOST_AUTO_TEST_CASE(a_sink_that_fails_does_not_end_the_accepting) {
  int calls = 0;
  accepting =
      std::make_unique<acceptor>(io, bind_listener("127.0.0.1:0", {}), [&](accepted_socket socket, const listener&) {
        if (++calls == 1) throw std::runtime_error{"no memory for this one"};
        delivered.push_back(std::move(socket));
      });
  accepting->start();
  const os::unique_fd unlucky = connect_to(accepting->source());
  const os::unique_fd second = connect_to(accepting->source());
  BOOST_TEST(run_until(1));
  BOOST_TEST(read_all(unlucky) == "");
  const os::unique_fd third = connect_to(accepting->source());
  BOOST_TEST(run_until(2));
}

BOOST_AUTO_TEST_CASE(an_acceptor_may_die_without_a_stop) {
  listen();
  accepting->start();
  accepting.reset();
  io.restart();
  io.poll();
  BOOST_TEST(delivered.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(acceptor_without_descriptors, fixture)

BOOST_AUTO_TEST_CASE(a_client_is_answered_503_and_the_loop_does_not_spin) {
  listen();
  accepting->start();
  const os::unique_fd client = connect_to(accepting->source());
  const os::unique_fd waiting = connect_to(accepting->source());
  std::size_t handlers = 0;
  {
    const descriptor_limit none{0};
    io.restart();
    const auto end = std::chrono::steady_clock::now() + milliseconds{350};
    while (std::chrono::steady_clock::now() < end) handlers += io.run_one_for(milliseconds{50});
  }
  BOOST_TEST(handlers >= 1U);
  BOOST_TEST(handlers <= 10U);  // one look per 100 ms; a bare loop makes hundreds of thousands
  BOOST_TEST(delivered.empty());
  const std::string answer = read_all(client);
  BOOST_TEST(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  BOOST_TEST(answer.find("Retry-After: 1\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_has_sent_its_request_can_read_the_503) {
  listen();
  accepting->start();
  const os::unique_fd client = connect_to(accepting->source());
  write_all(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  {
    const descriptor_limit none{0};
    io.restart();
    io.run_one_for(milliseconds{1'000});
  }
  const std::string answer = read_all(client);
  BOOST_TEST(answer.starts_with("HTTP/1.1 503 "));
  BOOST_TEST(answer.ends_with("\r\n\r\n"));  // and then the end, no reset
}

BOOST_AUTO_TEST_CASE(accepting_goes_on_once_there_are_descriptors_again) {
  listen();
  accepting->start();
  const os::unique_fd refused = connect_to(accepting->source());
  const os::unique_fd waiting = connect_to(accepting->source());
  {
    const descriptor_limit none{0};
    io.restart();
    io.run_one_for(milliseconds{1'000});
  }
  BOOST_TEST(delivered.empty());
  BOOST_TEST(run_until(1));
  const os::unique_fd later = connect_to(accepting->source());
  BOOST_TEST(run_until(2));
}

BOOST_AUTO_TEST_CASE(a_stop_while_it_waits_for_descriptors_ends_the_waiting) {
  listen();
  accepting->start();
  const os::unique_fd client = connect_to(accepting->source());
  {
    const descriptor_limit none{0};
    io.restart();
    io.run_one_for(milliseconds{1'000});
  }
  accepting->stop(false);
  io.restart();
  BOOST_TEST(io.run_for(test::patience) <= 2U);  // returns at once: nothing is left to wait for
  BOOST_TEST(delivered.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::net
