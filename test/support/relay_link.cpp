#include "support/relay_link.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "support/relay.hpp"

namespace baton::test {

relay_link::relay_link(std::uint64_t id, int poll, descriptor client) : id_{id}, poll_{poll} {
  ends_[0].socket = std::move(client);
  rearm(0);
}

void relay_link::open(descriptor server, relay_clock::time_point due, std::deque<relay_arrival>& under_way) {
  if (!server) {
    ends_[1].deaf = ends_[1].dead = true;
    under_way.push_back({due, id_, 0, arrival::reset, {}});
    return;
  }
  ends_[1].socket = std::move(server);
  rearm(1);
}

void relay_link::on_event(int side, std::uint32_t events, relay_clock::time_point due,
                          std::deque<relay_arrival>& under_way) {
  auto& own = ends_[static_cast<std::size_t>(side)];
  if ((events & EPOLLOUT) != 0) write_to(side);
  const bool gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (!own.read_over && (gone || (events & EPOLLIN) != 0)) {
    read_from(side, due, under_way);
  } else if (gone && !own.dead) {
    // Behind its FIN: a reset, since something was sent to it yet. Or simply the end of both directions.
    if ((events & EPOLLERR) != 0 || !own.write_over) under_way.push_back({due, id_, 1 - side, arrival::reset, {}});
    own.dead = true;
  }
  rearm(side);
}

void relay_link::read_from(int side, relay_clock::time_point due, std::deque<relay_arrival>& under_way) {
  auto& own = ends_[static_cast<std::size_t>(side)];
  std::array<char, 64 * 1024> space;
  const auto count = ::recv(own.socket.get(), space.data(), space.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0) {
    own.ahead += static_cast<std::size_t>(count);
    under_way.push_back({due, id_, 1 - side, arrival::bytes, {space.data(), static_cast<std::size_t>(count)}});
    return;
  }
  own.read_over = true;
  own.dead = count < 0 || own.deaf;  // a failed write has taken the error with it
  under_way.push_back({due, id_, 1 - side, own.dead ? arrival::reset : arrival::fin, {}});
}

void relay_link::deliver(const relay_arrival& one) {
  auto& to = ends_[static_cast<std::size_t>(one.to)];
  if (one.what == arrival::reset) return reset_all();
  if (one.what == arrival::fin) to.fin_waits = true;
  to.waiting += one.bytes;
  write_to(one.to);
  rearm(one.to);
  if (ends_[static_cast<std::size_t>(1 - one.to)].socket) rearm(1 - one.to);
}

void relay_link::write_to(int side) {
  auto& own = ends_[static_cast<std::size_t>(side)];
  auto& other = ends_[static_cast<std::size_t>(1 - side)];
  std::size_t taken = 0;
  while (!own.deaf && taken < own.waiting.size()) {
    const auto count =
        ::send(own.socket.get(), own.waiting.data() + taken, own.waiting.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) break;
    // What reading from it will tell is what the other end has to know; the bytes are lost, as in a network.
    if (count < 0 && errno != EINTR) own.deaf = true;
    if (count > 0) taken += static_cast<std::size_t>(count);
  }
  if (own.deaf) taken = own.waiting.size();
  own.waiting.erase(0, taken);
  other.ahead -= taken;
  if (own.fin_waits && own.waiting.empty() && !own.write_over) {
    own.write_over = true;
    if (!own.deaf) ::shutdown(own.socket.get(), SHUT_WR);
  }
}

void relay_link::rearm(int side) {
  auto& own = ends_[static_cast<std::size_t>(side)];
  if (!own.socket || own.dead) return leave_poll(own);
  std::uint32_t wanted = 0;
  if (!own.read_over && own.ahead < relay::capacity) wanted |= EPOLLIN;
  if (!own.waiting.empty()) wanted |= EPOLLOUT;
  if (own.in_poll && own.watched == wanted) return;
  epoll_event event{wanted, {.u64 = 2 * id_ + static_cast<std::uint64_t>(side)}};
  ::epoll_ctl(poll_, own.in_poll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, own.socket.get(), &event);
  own.in_poll = true;
  own.watched = wanted;
}

void relay_link::leave_poll(end& one) const {
  if (!one.in_poll) return;
  one.in_poll = false;
  ::epoll_ctl(poll_, EPOLL_CTL_DEL, one.socket.get(), nullptr);
}

void relay_link::reset_all() {
  const linger at_once{1, 0};
  for (auto& one : ends_) {
    if (!one.socket) continue;
    ::setsockopt(one.socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    one.socket.reset();
    one.in_poll = false;
  }
  reset_ = true;
}

bool relay_link::over() const noexcept {
  return reset_ || (ends_[0].write_over && ends_[1].write_over);
}

}  // namespace baton::test
