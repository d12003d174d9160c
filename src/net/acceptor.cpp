#include "net/acceptor.hpp"

#include <cerrno>
#include <exception>
#include <string_view>
#include <system_error>

#include <fcntl.h>

#include "base/log.hpp"

namespace baton::net {
namespace {

constexpr std::string_view out_of_descriptors =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

os::unique_fd open_spare() {
  return os::unique_fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

}  // namespace

acceptor::acceptor(boost::asio::io_context& context, listener&& socket, sink deliver)
    : descriptor_{context, socket.socket.get()},
      timer_{context},
      listener_{std::move(socket)},
      deliver_{std::move(deliver)},
      spare_{open_spare()} {}

acceptor::~acceptor() {
  if (attached_) static_cast<void>(descriptor_.release());
}

void acceptor::start() {
  if (stopped()) return;
  if (!attached_) descriptor_.assign(listener_.socket.get());
  attached_ = true;
  wait();
}

void acceptor::wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this, round = round_](boost::system::error_code error) {
                           if (!error && round == round_) on_ready();
                         });
}

void acceptor::on_ready() {
  for (int i = 0; i < batch; ++i) {
    switch (accept_one()) {
      case accept_outcome::accepted:
        break;
      case accept_outcome::empty:
        return wait();
      case accept_outcome::exhausted:
        return back_off();
    }
  }
  wait();
}

acceptor::accept_outcome acceptor::accept_one() {
  accepted_socket accepted;
  accepted.peer_length = sizeof accepted.peer;
  accepted.family = listener_.family;
  const int fd = ::accept4(listener_.socket.get(), reinterpret_cast<sockaddr*>(&accepted.peer), &accepted.peer_length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    accepted.socket = os::unique_fd{fd};
    complained_ = false;
    deliver(std::move(accepted));
    return accept_outcome::accepted;
  }
  switch (errno) {
    case EAGAIN:
      return accept_outcome::empty;
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:  // a firewall's rule
    case ENETDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return accept_outcome::accepted;  // that one has gone; the next may be well
    default:
      break;
  }
  if (!complained_) {
    log::error("cannot accept on {}: accept4: {}; trying again every {} ms", listener_.local,
               std::system_category().message(errno), back_off_time.count());
    complained_ = true;
  }
  return accept_outcome::exhausted;
}

// One connection for which there is no memory must not end the accepting of all others.
void acceptor::deliver(accepted_socket accepted) {
  try {
    deliver_(std::move(accepted), listener_);
  } catch (const std::exception& error) {
    log::error("a connection to {} is closed: {}", listener_.local, error.what());
  }
}

void acceptor::back_off() {
  refuse_one();
  timer_.expires_after(back_off_time);
  timer_.async_wait([this, round = round_](boost::system::error_code error) {
    if (!error && round == round_) on_ready();
  });
}

// One client per pause gets a clear answer; the others wait in the kernel's queue for a descriptor.
void acceptor::refuse_one() {
  if (spare_.get() < 0) spare_ = open_spare();
  if (spare_.get() < 0) return;
  spare_.reset();
  {
    const os::unique_fd client{::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (client.get() >= 0) {
      // Best effort: a client that does not get it sees the close.
      static_cast<void>(
          ::send(client.get(), out_of_descriptors.data(), out_of_descriptors.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
      ::shutdown(client.get(), SHUT_WR);
    }
  }
  spare_ = open_spare();
}

void acceptor::pause(bool sweep) {
  if (!attached_) return;
  attached_ = false;
  ++round_;
  timer_.cancel();
  constexpr int longest_queue = 65'536;  // as long as a backlog can be: under constant arrivals it must end
  for (int i = 0; sweep && i < longest_queue && accept_one() == accept_outcome::accepted; ++i) {
  }
  static_cast<void>(descriptor_.release());
}

void acceptor::stop(bool sweep) {
  pause(sweep);
  listener_.socket.reset();
}

}  // namespace baton::net
