#include "poller.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/prctl.h>

namespace baton::bench {

poller::poller() : set_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (!set_) throw std::system_error{errno, std::system_category(), "epoll_create1"};
  ::prctl(PR_SET_TIMERSLACK, 1);  // nanosecond; by default the kernel wakes up to 50 us late
}

void poller::add(int fd, std::uint64_t id) {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.u64 = id;
  if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0) {
    throw std::system_error{errno, std::system_category(), "epoll_ctl"};
  }
}

std::span<const epoll_event> poller::wait(steady::time_point latest) {
  const auto time = std::max(latest - steady::now(), steady::duration{0});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec limit{seconds.count(), (time - seconds).count()};
  const int ready = ::epoll_pwait2(set_.get(), events_.data(), events_.size(), &limit, nullptr);
  if (ready < 0 && errno != EINTR) throw std::system_error{errno, std::system_category(), "epoll_pwait2"};
  return std::span{events_}.first(static_cast<std::size_t>(std::max(ready, 0)));
}

}  // namespace baton::bench
