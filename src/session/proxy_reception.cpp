#include "session/proxy_reception.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "http/proxy_header.hpp"
#include "net/peeking_socket.hpp"
#include "net/timer_wheel.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using std::chrono::milliseconds;

class proxy_reception::guest final : private net::timer_entry {
 public:
  guest(proxy_reception& host, os::unique_fd socket, int family, connection_origin from)
      : host_{host},
        socket_{std::in_place, host.worker_.io(), std::move(socket)},
        family_{family},
        from_{std::move(from)} {
    host.worker_.registry().enter_other();
  }
  ~guest() {
    if (!entered_) host_.worker_.server().budget.leave(from_.peer);
    host_.worker_.registry().leave_other();
  }

  void start(guest_list::iterator place) {
    place_ = place;
    const milliseconds patience = host_.worker_.settings().timeouts.head;
    if (patience.count() != 0) host_.worker_.wheel().arm(*this, patience);
    due_ = patience.count() != 0 ? host_.worker_.wheel().now() + patience : net::wheel_time::max();
    look();
  }
  void hasten(milliseconds patience) noexcept {
    const net::wheel_time at = host_.worker_.wheel().now() + patience;
    if (at >= due_) return;
    due_ = at;
    host_.worker_.wheel().arm(*this, std::max(patience, milliseconds{1}));
  }
  void close() noexcept {
    over_ = true;
    socket_->close();
    if (!waiting_) leave();
  }
  void shed() noexcept { socket_.reset(); }

 private:
  enum class progress : std::uint8_t { waits, complete, over };

  // The last that it does: it is gone, or waits.
  void look() {
    switch (read()) {
      case progress::waits:
        return wait();
      case progress::complete:
        return enter();
      case progress::over:
        return close();
    }
  }

  void wait() {
    try {
      socket_->async_wait_readable([this](const boost::system::error_code& error) {
        waiting_ = false;
        if (over_ || error) return close();
        look();
      });
      waiting_ = true;
    } catch (const std::exception& error) {
      log::error("{}: the connection is closed: {}", from_.info.peer(), error.what());
      close();
    }
  }
  void leave() noexcept { host_.guests_.erase(place_); }

  // All that has come of a header that is not complete is the header's, and is taken: or the wait for more would be
  // over at once.
  progress read() noexcept {
    std::array<char, http::max_proxy_header> room;
    const std::string_view before = begun_;
    std::copy(before.begin(), before.end(), room.begin());
    const std::span<char> free{room.data() + before.size(), room.size() - before.size()};
    const net::io_result found = socket_->peek(free);
    if (found.what == net::io_result::kind::would_block) return progress::waits;
    if (found.what != net::io_result::kind::bytes) return progress::over;
    const std::string_view all{room.data(), before.size() + found.count};
    const http::proxy_header header = http::parse_proxy_header(all);
    if (header.what == http::proxy_header::outcome::malformed) {
      log::warning("{}: the connection is closed: it does not begin with a PROXY header", from_.info.peer());
      return progress::over;
    }
    const bool complete = header.what == http::proxy_header::outcome::complete;
    if (!socket_->take(complete ? header.size - before.size() : found.count)) return progress::over;
    if (complete) return introduce(header.source) ? progress::complete : progress::over;
    return keep(all) ? progress::waits : progress::over;
  }

  bool keep(std::string_view header) noexcept {
    try {
      begun_ = header;
    } catch (const std::exception&) {
      return false;
    }
    return true;
  }

  // False: there are too many connections of this client's.
  bool introduce(const client_address& source) noexcept {
    if (!source.known()) return true;
    try {
      const peer_key key = key_of(source);
      const connection_budget::verdict found = host_.worker_.server().budget.name(key);
      if (found == connection_budget::verdict::hopeless) return false;
      from_.peer = key;
      from_.refused = found == connection_budget::verdict::refused;
      from_.info.client = source;
    } catch (const std::exception& error) {
      log::error("{}: the connection is closed: {}", from_.info.peer(), error.what());
      return false;
    }
    return true;
  }

  void enter() noexcept {
    try {
      os::unique_fd socket = socket_->release();
      entered_ = true;  // from here on the worker uncounts it
      host_.worker_.enter_known(std::move(socket), family_, std::move(from_));
    } catch (const std::exception& error) {
      log::error("a connection is closed: {}", error.what());
    }
    leave();
  }

  void on_deadline() override { close(); }

  proxy_reception& host_;
  guest_list::iterator place_;
  std::optional<net::peeking_socket> socket_;  // empty once shed
  const int family_;
  connection_origin from_;
  std::string begun_;  // of the header
  net::wheel_time due_;
  bool waiting_ = false;
  bool over_ = false;
  bool entered_ = false;
};

proxy_reception::proxy_reception(worker_context& worker) : worker_{worker} {}

proxy_reception::~proxy_reception() = default;

void proxy_reception::receive(os::unique_fd socket, int family, connection_origin from) {
  const auto place = guests_.emplace(guests_.end());
  try {
    *place = std::make_unique<guest>(*this, std::move(socket), family, std::move(from));
  } catch (...) {
    guests_.erase(place);
    throw;
  }
  (*place)->start(place);
}

void proxy_reception::hasten(milliseconds patience) noexcept {
  for (const auto& each : guests_) each->hasten(patience);
}

void proxy_reception::close_all() noexcept {
  for (auto i = guests_.begin(); i != guests_.end();) (*i++)->close();
}

void proxy_reception::shed() noexcept {
  for (const auto& each : guests_) each->shed();
}

}  // namespace baton::session
