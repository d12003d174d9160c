// Crowds that mean no good: connections that only are there, heads and bodies that trickle, readers that do not read,
// more connections than there may be. Each costs the server a bounded amount of memory, which the test names, and
// others are served meanwhile. A sanitizer keeps books of its own for each byte: there only the service is checked.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/sockets.hpp"

using namespace baton::test;

namespace {

/// Descriptors for the test's own ends, and for a server that inherits the limit.
std::size_t descriptors_to_have(std::size_t wanted) {
  rlimit limit{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

launch crowded(std::vector<std::string> flags) {
  flags.insert(flags.end(), {"--limits.connections_per_address", "0", "--log", "error"});
  return demo(std::move(flags));
}

/// Many clients that do little, and nothing by themselves.
class crowd {
 public:
  crowd(const endpoint& where, std::size_t count, int receive_buffer = 0) {
    for (std::size_t i = 0; i < count; ++i) {
      descriptor one = connect_now(where);
      if (!one) break;
      if (receive_buffer != 0) ::setsockopt(one.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
      members_.push_back(std::move(one));
      // The queue of the listener is shorter than the crowd: they come in groups.
      if (i % 512 == 511) await_connected(members_.size() - 512);
    }
    await_connected(members_.size() - members_.size() % 512);
  }

  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  /// To each that is still there; how many took it.
  std::size_t send(std::string_view bytes) {
    return static_cast<std::size_t>(std::count_if(members_.begin(), members_.end(), [bytes](const descriptor& one) {
      return ::send(one.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
             static_cast<ssize_t>(bytes.size());
    }));
  }
  /// How many the server has ended, by FIN or RST; what has come is taken.
  std::size_t ended() {
    return static_cast<std::size_t>(std::count_if(members_.begin(), members_.end(), [](const descriptor& one) {
      char room[4096];
      ssize_t got = 0;
      while ((got = ::recv(one.get(), room, sizeof room, MSG_DONTWAIT)) > 0) {
      }
      return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOTCONN);
    }));
  }
  void leave() { members_.clear(); }

 private:
  void await_connected(std::size_t from) const {
    for (std::size_t i = from; i < members_.size(); ++i) {
      pollfd one{members_[i].get(), POLLOUT, 0};
      BOOST_REQUIRE(::poll(&one, 1, static_cast<int>(patience.count())) == 1);
    }
  }

  std::vector<descriptor> members_;
};

bool serves(const server_process& server) {
  return get(server.address(), "/plaintext").body == "Hello, World!";
}

/// How much a server has grown since it was made, at most.
class growth {
 public:
  explicit growth(const server_process& server) : pid_{server.pid()}, before_{proc::resident_kib(pid_)} {}
  void within(std::size_t kib) const {
    const std::size_t peak = proc::peak_resident_kib(pid_);
    BOOST_TEST_MESSAGE("grew by " << peak - std::min(peak, before_) << " KiB of " << kib);
    if (!sanitised) BOOST_TEST(peak <= before_ + kib);
  }

 private:
  pid_t pid_;
  std::size_t before_;
};

std::size_t connections_of(const server_process& server) {
  const auto all = proc::descriptors(server.pid());
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), "socket tcp"));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(floods, leak_check)

BOOST_AUTO_TEST_CASE(ten_thousand_connections_that_do_nothing_cost_less_than_ten_kib_each) {
  const std::size_t wanted = sanitised ? 1'000 : 10'000;
  const std::size_t count = std::min(wanted, descriptors_to_have(wanted + 200) - 200);
  if (count < wanted) BOOST_TEST_MESSAGE("only " << count << " connections: RLIMIT_NOFILE allows no more");
  server_process server{crowded({"--limits.connections", std::to_string(count + 20)})};
  BOOST_REQUIRE(serves(server));
  const growth since{server};
  {
    crowd idle{server.address(), count};
    BOOST_TEST(idle.size() == count);
    BOOST_TEST(eventually(patience, [&] { return connections_of(server) >= count; }));
    BOOST_TEST(idle.send(get_request("/plaintext")) == count);
    BOOST_TEST(serves(server));
    BOOST_TEST(idle.ended() == 0U);
    since.within(10 * count);  // at the peak: two seconds later they have given their buffers back
  }
  BOOST_TEST(eventually(patience, [&] { return connections_of(server) == 0; }));
  BOOST_TEST(serves(server));
}

BOOST_AUTO_TEST_CASE(a_flood_of_connections_over_the_limit_costs_nothing_and_passes) {
  descriptors_to_have(3'000);
  server_process server{crowded({"--limits.connections", "100"})};
  raw_client held{server.address()};
  BOOST_REQUIRE(held.get("/plaintext").status == 200);
  const growth since{server};
  {
    crowd first{server.address(), 99};
    BOOST_TEST(eventually(patience, [&] { return connections_of(server) >= 100; }));
    for (int wave = 0; wave < 4; ++wave) {
      crowd flood{server.address(), 500};
      BOOST_TEST(held.get("/plaintext").status == 200);
      BOOST_TEST(eventually(patience, [&] { return flood.ended() == flood.size(); }));
    }
    BOOST_TEST(first.ended() == 0U);
    since.within(4 * 1024);
  }
  BOOST_TEST(eventually(patience, [&] { return get(server.address(), "/plaintext").status == 200; }));
}

BOOST_AUTO_TEST_CASE(ten_thousand_fields_are_refused_and_cost_no_more_than_the_head_may_have) {
  server_process server{demo()};
  BOOST_REQUIRE(serves(server));
  const growth since{server};
  std::string fields;
  for (int i = 0; i < 10'000; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  for (int i = 0; i < 50; ++i) {
    raw_client client{server.address()};
    static_cast<void>(client.try_send(get_request("/plaintext", fields)));
    BOOST_TEST(client.read().status == 431);
  }
  BOOST_TEST(serves(server));
  since.within(4 * 1024);
}

BOOST_AUTO_TEST_CASE(ten_thousand_fields_that_are_allowed_are_served) {
  server_process server{demo({"--limits.fields", "10000", "--limits.head", "1m"})};
  BOOST_REQUIRE(serves(server));
  const growth since{server};
  std::string fields;
  for (int i = 0; i < 9'990; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  for (int i = 0; i < 10; ++i) {
    raw_client client{server.address()};
    BOOST_TEST(client.get("/plaintext", fields).status == 200);
  }
  since.within(8 * 1024);
}

BOOST_AUTO_TEST_CASE(slow_heads_end_by_their_deadline_and_hold_nobody_up) {
  constexpr std::size_t count = sanitised ? 200 : 500;
  descriptors_to_have(2'000);
  server_process server{crowded({"--timeouts.head", "2s"})};
  BOOST_REQUIRE(serves(server));
  const growth since{server};
  crowd slow{server.address(), count};
  BOOST_TEST(slow.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n") == count);
  BOOST_TEST(eventually(2 * patience, [&] {
    slow.send("X: y\r\n");  // one more line each time: the deadline is the whole head's
    BOOST_TEST(serves(server));
    return slow.ended() == count;
  }));
  since.within(16 * count);
}

BOOST_AUTO_TEST_CASE(slow_bodies_end_by_their_deadline_and_hold_nobody_up) {
  constexpr std::size_t count = sanitised ? 200 : 500;
  descriptors_to_have(2'000);
  server_process server{crowded({"--timeouts.body", "1s"})};
  BOOST_REQUIRE(serves(server));
  const growth since{server};
  crowd slow{server.address(), count};
  // What a client announces is no reason to set memory aside.
  BOOST_TEST(slow.send("POST /counter HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\nbegun") == count);
  BOOST_TEST(serves(server));
  BOOST_TEST(eventually(2 * patience, [&] { return slow.ended() == count; }));
  BOOST_TEST(serves(server));
  since.within(96 * count);
}

BOOST_AUTO_TEST_CASE(slow_readers_end_by_their_deadline_and_hold_nobody_up) {
  constexpr std::size_t count = sanitised ? 40 : 200;
  descriptors_to_have(2'000);
  server_process server{crowded({"--timeouts.write", "1s"})};
  BOOST_REQUIRE(serves(server));
  const growth since{server};
  crowd slow{server.address(), count, 4096};
  BOOST_TEST(slow.send(get_request("/download?bytes=100000000&chunk=65536&delay=0")) == count);
  BOOST_TEST(serves(server));
  BOOST_TEST(eventually(2 * patience, [&] { return connections_of(server) == 0; }));
  BOOST_TEST(serves(server));
  since.within(256 * count);
}

BOOST_AUTO_TEST_SUITE_END()
