#include "support/raw_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "support/sockets.hpp"

namespace baton::test {
namespace {

using clock = std::chrono::steady_clock;

int left(clock::time_point end) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
  return ms > 0 ? static_cast<int>(ms) : 0;
}

[[noreturn]] void fail(const char* what, int error = errno) {
  throw std::system_error{error, std::generic_category(), what};
}

void finish_connect(int fd, clock::time_point end) {
  pollfd wait{fd, POLLOUT, 0};
  if (::poll(&wait, 1, left(end)) != 1) fail("connect", ETIMEDOUT);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail("connect", error);
}

}  // namespace

std::string_view to_string(ending end) noexcept {
  return end == ending::open ? "open" : end == ending::fin ? "fin" : "reset";
}

raw_client::raw_client(const endpoint& where, std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  const auto peer = resolve(where);
  fd_ = stream_socket(peer);
  // A unix socket with a full queue says EAGAIN instead of connecting in the background.
  int result = ::connect(fd_.get(), peer.raw(), peer.size);
  while (result != 0 && errno == EAGAIN && clock::now() < deadline) {
    std::this_thread::sleep_for(1ms);
    result = ::connect(fd_.get(), peer.raw(), peer.size);
  }
  if (result != 0 && errno != EINPROGRESS) fail("connect");
  if (result != 0) finish_connect(fd_.get(), deadline);
  const int yes = 1;
  if (!where.local()) ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

std::error_code raw_client::try_send(std::string_view bytes, std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return {errno, std::generic_category()};
    const short readable = end_ == ending::open ? POLLIN : 0;
    pollfd wait{fd_.get(), static_cast<short>(POLLOUT | readable), 0};
    if (::poll(&wait, 1, left(deadline)) <= 0) return {ETIMEDOUT, std::generic_category()};
    if ((wait.revents & POLLIN) != 0) receive(0ms);
  }
  return {};
}

void raw_client::send(std::string_view bytes, std::chrono::milliseconds limit) {
  if (const auto error = try_send(bytes, limit)) throw std::system_error{error, "send"};
}

void raw_client::half_close() {
  ::shutdown(fd_.get(), SHUT_WR);
}

void raw_client::abort() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

// Reads once; false if nothing happened within the limit.
bool raw_client::receive(std::chrono::milliseconds limit) {
  if (end_ != ending::open) return false;
  const auto deadline = clock::now() + limit;
  thread_local std::array<char, 256 * 1024> space;
  for (;;) {
    const auto count = ::recv(fd_.get(), space.data(), space.size(), 0);
    if (count >= 0 || (errno != EAGAIN && errno != EINTR)) {
      take(count, space.data());
      return true;
    }
    pollfd wait{fd_.get(), POLLIN, 0};
    if (::poll(&wait, 1, left(deadline)) <= 0 && clock::now() >= deadline) return false;
  }
}

void raw_client::take(long count, const char* data) {
  if (count > 0) {
    parser_.feed({data, static_cast<std::size_t>(count)});
    received_ += static_cast<std::size_t>(count);
    ++reads_;
    return;
  }
  end_ = count == 0 ? ending::fin : ending::reset;
  parser_.end();
}

reply raw_client::read_any(std::chrono::milliseconds limit, bool to_head) {
  const auto deadline = clock::now() + limit;
  for (;;) {
    if (auto answer = parser_.next(to_head)) return std::move(*answer);
    const auto before = end_;
    if (before != ending::open || !receive(std::chrono::milliseconds{left(deadline)})) {
      throw std::runtime_error{"no complete answer; connection " + std::string{to_string(end_)} + ", received " +
                               std::to_string(received_) + " bytes, rest `" +
                               std::string{parser_.rest().substr(0, 200)} + "`"};
    }
  }
}

reply raw_client::read(std::chrono::milliseconds limit, bool to_head) {
  const auto deadline = clock::now() + limit;
  for (;;) {
    auto answer = read_any(std::chrono::milliseconds{left(deadline)}, to_head);
    if (!answer.interim()) return answer;
    ++interims_;
  }
}

reply raw_client::read_interim(std::chrono::milliseconds limit) {
  auto answer = read_any(limit, false);
  if (!answer.interim()) throw std::runtime_error{"answer " + std::to_string(answer.status) + " is final"};
  ++interims_;
  return answer;
}

reply raw_client::get(std::string_view path, std::string_view fields) {
  send(get_request(path, fields));
  return read();
}

ending raw_client::await_end(std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (end_ == ending::open && receive(std::chrono::milliseconds{left(deadline)})) {
  }
  return end_;
}

ending raw_client::poll_end() {
  while (end_ == ending::open && receive(0ms)) {
  }
  return end_;
}

bool raw_client::await_bytes(std::chrono::milliseconds limit) {
  return !parser_.rest().empty() || receive(limit);
}

reply get(const endpoint& where, std::string_view path, std::string_view fields) {
  return raw_client{where}.get(path, fields);
}

bool refuses(const endpoint& where) {
  try {
    const raw_client client{where, 1s};
    return false;
  } catch (const std::system_error&) {
    return true;
  }
}

std::string get_request(std::string_view path, std::string_view fields) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{fields} + "\r\n";
}

std::string post_request(std::string_view path, std::string_view body, std::string_view fields) {
  return "POST " + std::string{path} +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{fields} + "\r\n" + std::string{body};
}

}  // namespace baton::test
