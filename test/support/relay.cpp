#include "support/relay.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <utility>

#include "support/relay_link.hpp"
#include "support/sockets.hpp"

namespace baton::test {
namespace {

constexpr std::uint64_t listener_key = 0;
constexpr std::uint64_t wake_key = 1;
constexpr std::uint64_t first_link = 1;  // keys 2 and 3

}  // namespace

class relay::engine {
 public:
  engine(endpoint target, std::chrono::microseconds each_way)
      : target_{std::move(target)},
        delay_{each_way},
        poll_{checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
        wake_{checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")},
        listener_{listen_on_loopback()},
        thread_{(watch(listener_.get(), listener_key), watch(wake_.get(), wake_key), [this] { run(); })} {}

  ~engine() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_.get(), &one, sizeof one));
    thread_.join();
  }

  [[nodiscard]] endpoint address() const { return {"127.0.0.1", local_port(listener_.get()), {}}; }
  [[nodiscard]] std::size_t connections() const noexcept { return open_; }

 private:
  void watch(int fd, std::uint64_t key) const {
    epoll_event wanted{EPOLLIN, {.u64 = key}};
    checked(::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &wanted), "epoll_ctl");
  }

  void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const auto timeout = until_next();
      const int count =
          ::epoll_pwait2(poll_.get(), events.data(), events.size(), timeout ? &*timeout : nullptr, nullptr);
      now_ = relay_clock::now();
      for (int i = 0; i < count; ++i) {
        if (events[static_cast<std::size_t>(i)].data.u64 == wake_key) return;
        on_event(events[static_cast<std::size_t>(i)]);
      }
      deliver_due();
      open_ = links_.size();
    }
  }

  [[nodiscard]] std::optional<timespec> until_next() const {
    if (under_way_.empty()) return std::nullopt;
    const auto left = std::max(under_way_.front().due - relay_clock::now(), relay_clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return timespec{seconds.count(), std::chrono::nanoseconds{left - seconds}.count()};
  }

  void on_event(const epoll_event& event) {
    if (event.data.u64 == listener_key) return accept_all();
    const auto found = links_.find(event.data.u64 / 2);
    if (found == links_.end()) return;
    found->second.on_event(static_cast<int>(event.data.u64 % 2), event.events, now_ + delay_, under_way_);
    forget_if_over(found);
  }

  void accept_all() {
    for (;;) {
      descriptor client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
      if (!client) return;
      const auto id = next_++;
      links_.try_emplace(id, id, poll_.get(), std::move(client));
      under_way_.push_back({now_ + delay_, id, 1, arrival::open, {}});
    }
  }

  void deliver_due() {
    while (!under_way_.empty() && under_way_.front().due <= now_) {
      const auto one = std::move(under_way_.front());
      under_way_.pop_front();
      const auto found = links_.find(one.link);
      if (found == links_.end()) continue;
      if (one.what == arrival::open) {
        found->second.open(connect_now(target_), now_ + delay_, under_way_);
      } else {
        found->second.deliver(one);
      }
      forget_if_over(found);
    }
  }

  void forget_if_over(std::map<std::uint64_t, relay_link>::iterator at) {
    if (at->second.over()) links_.erase(at);
  }

  const endpoint target_;
  const relay_clock::duration delay_;
  const descriptor poll_;
  const descriptor wake_;
  const descriptor listener_;
  std::map<std::uint64_t, relay_link> links_;
  std::deque<relay_arrival> under_way_;
  std::uint64_t next_ = first_link;
  relay_clock::time_point now_;
  std::atomic<std::size_t> open_ = 0;
  std::thread thread_;  // last: it uses all of them
};

relay::relay(endpoint target, std::chrono::microseconds each_way)
    : engine_{std::make_unique<engine>(std::move(target), each_way)} {}

relay::~relay() = default;

endpoint relay::address() const {
  return engine_->address();
}

std::size_t relay::connections() const noexcept {
  return engine_->connections();
}

}  // namespace baton::test
