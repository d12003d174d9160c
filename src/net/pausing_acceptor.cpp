#include "net/pausing_acceptor.hpp"

#include <cerrno>
#include <system_error>

#include <sys/socket.h>

#include "base/log.hpp"

namespace baton::net {

pausing_acceptor::pausing_acceptor(boost::asio::io_context& context, listener socket, sink deliver)
    : descriptor_{context}, timer_{context}, listener_{std::move(socket)}, deliver_{std::move(deliver)} {}

pausing_acceptor::~pausing_acceptor() {
  pause();
}

void pausing_acceptor::start() {
  if (descriptor_.is_open()) return;
  descriptor_.assign(listener_.socket.get());
  wait();
}

// Out of epoll, and the descriptor stays ours: what the next generation shares must not stay in our epoll.
void pausing_acceptor::pause() noexcept {
  timer_.cancel();
  if (descriptor_.is_open()) static_cast<void>(descriptor_.release());
}

void pausing_acceptor::wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (!error && descriptor_.is_open()) on_ready();
  });
}

void pausing_acceptor::on_ready() {
  for (int i = 0; i < batch; ++i) {
    if (accept_one()) continue;
    if (errno != EAGAIN) return back_off();
    break;
  }
  wait();
}

void pausing_acceptor::sweep() {
  for (int i = 0; i < batch && accept_one(); ++i) {
  }
}

bool pausing_acceptor::accept_one() {
  os::unique_fd socket{::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!socket) return errno == EINTR || errno == ECONNABORTED;  // that one has gone; the next may be well
  complained_ = false;
  deliver_(std::move(socket));
  return true;
}

void pausing_acceptor::back_off() {
  if (!complained_) {
    log::error("cannot accept on {}: accept4: {}; trying again every {} ms", listener_.local,
               std::system_category().message(errno), pause_without_descriptors.count());
  }
  complained_ = true;
  timer_.expires_after(pause_without_descriptors);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && descriptor_.is_open()) on_ready();
  });
}

}  // namespace baton::net
