// A load generator that costs less than what it loads: one recv and one send a request (wrk adds two
// epoll_ctl and a parser, and is itself the limit before a fast server is). Closed loop: a connection
// sends its next batch when the last one has been answered.
//
//     closed_loop PORT CONNECTIONS SECONDS DEPTH PATH
//
// Answers must all be as long as the first one, and 200; anything else ends the run with status 1.
// Prints requests a second.
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using steady = std::chrono::steady_clock;

struct client {
  int fd = -1;
  std::size_t expected = 0;  // bytes of the batch that are still to come
};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error{what};
}

int connect_to(unsigned short port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// Asks once and measures the answer.
std::size_t answer_length(int fd, std::string_view request) {
  send_all(fd, request);
  std::string answer;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) fail("the server closed the first connection");
    answer.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t field = answer.find("Content-Length: ");
    if (head == std::string::npos) continue;
    if (!answer.starts_with("HTTP/1.1 200") || field > head) fail("unexpected answer: " + answer.substr(0, head));
    const std::size_t whole = head + 4 + std::strtoul(answer.c_str() + field + 16, nullptr, 10);
    if (answer.size() >= whole) return whole;
  }
}

std::uint64_t run(std::vector<client>& clients, const std::string& batch, std::size_t batch_answer,
                  steady::duration time) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (client& c : clients) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &c;
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, c.fd, &event) != 0) fail("epoll_ctl");
    c.expected = batch_answer;
    send_all(c.fd, batch);
  }
  std::array<epoll_event, 256> events{};
  std::array<char, 64 * 1024> buffer{};
  std::uint64_t batches = 0;
  const auto end = steady::now() + time;
  while (steady::now() < end) {
    const int ready = ::epoll_wait(poll, events.data(), events.size(), 1000);
    if (ready <= 0) fail("no answer for a second");
    for (int i = 0; i < ready; ++i) {
      client& c = *static_cast<client*>(events[static_cast<std::size_t>(i)].data.ptr);
      const ssize_t got = ::recv(c.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got <= 0 || static_cast<std::size_t>(got) > c.expected) fail("a connection ended, or an answer was too long");
      if (c.expected == batch_answer && std::memcmp(buffer.data(), "HTTP/1.1 200", 12) != 0) fail("not a 200");
      c.expected -= static_cast<std::size_t>(got);
      if (c.expected != 0) continue;
      ++batches;
      c.expected = batch_answer;
      send_all(c.fd, batch);
    }
  }
  ::close(poll);
  return batches;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 6) fail("usage: closed_loop PORT CONNECTIONS SECONDS DEPTH PATH");
  const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
  const auto depth = std::strtoul(argv[4], nullptr, 10);
  const std::string request = "GET " + std::string{argv[5]} + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  std::string batch;
  for (std::size_t i = 0; i < depth; ++i) batch += request;

  std::vector<client> clients(std::strtoul(argv[2], nullptr, 10));
  for (client& c : clients) c.fd = connect_to(port);
  const std::size_t length = answer_length(clients.at(0).fd, request);
  const double seconds = std::strtod(argv[3], nullptr);
  const auto time = std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>{seconds});
  const std::uint64_t batches = run(clients, batch, depth * length, time);
  for (const client& c : clients) ::close(c.fd);
  std::cout << static_cast<std::uint64_t>(static_cast<double>(batches * depth) / seconds) << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "closed_loop: " << error.what() << '\n';
  return 1;
}
