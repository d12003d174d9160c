// The relay is a wire: late, but whole, in order, and with the same ending.
#include "support/relay.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/sockets.hpp"

using namespace baton::test;

namespace {

using clock = std::chrono::steady_clock;
constexpr auto delay = 20ms;

// The far end of the wire: blocking, one connection at a time.
class far_end {
 public:
  far_end() : listener_{listen_on_loopback()} {}

  [[nodiscard]] endpoint address() const { return {"127.0.0.1", local_port(listener_.get()), {}}; }

  [[nodiscard]] descriptor accept() const {
    descriptor made;
    BOOST_REQUIRE(eventually(patience, [&] {
      made = descriptor{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      return static_cast<bool>(made);
    }));
    const timeval limit{15, 0};
    ::setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return made;
  }

 private:
  descriptor listener_;
};

struct wire {
  far_end far;
  relay between{far.address(), delay};
};

std::string read_all(const descriptor& from) {
  std::string all;
  std::vector<char> space(64 * 1024);
  for (long count = 0; (count = ::recv(from.get(), space.data(), space.size(), 0)) > 0;) {
    all.append(space.data(), static_cast<std::size_t>(count));
  }
  return all;
}

void write_all(const descriptor& to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    BOOST_REQUIRE(count > 0);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string numbered(std::size_t size) {
  std::string text;
  for (unsigned i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  return text;
}

void reset_at_close(descriptor& one) {
  const linger at_once{1, 0};
  ::setsockopt(one.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  one.reset();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(relays, leak_check)

BOOST_AUTO_TEST_CASE(each_byte_takes_its_time_each_way) {
  const wire line;
  raw_client near{line.between.address()};
  const auto begun = clock::now();
  near.send("a");
  const auto server = line.far.accept();
  char byte = 0;
  BOOST_REQUIRE(::recv(server.get(), &byte, 1, 0) == 1);
  BOOST_TEST((clock::now() - begun >= delay));
  write_all(server, "b");
  BOOST_REQUIRE(near.await_bytes());
  BOOST_TEST((clock::now() - begun >= 2 * delay));
}

BOOST_AUTO_TEST_CASE(what_is_under_way_does_not_wait_for_what_was_before_it) {
  const wire line;
  raw_client near{line.between.address()};
  const auto server = line.far.accept();
  const auto begun = clock::now();
  for (int i = 0; i < 100; ++i) {
    near.send("x");
    std::this_thread::sleep_for(1ms);
  }
  near.half_close();
  BOOST_TEST(read_all(server).size() == 100U);
  // One after the other they would take two seconds.
  BOOST_TEST((clock::now() - begun < 50 * delay));
}

BOOST_AUTO_TEST_CASE(much_goes_through_unchanged_both_ways) {
  const wire line;
  const auto text = numbered(8 << 20);
  raw_client near{line.between.address()};
  const auto server = line.far.accept();
  std::string there;
  std::thread echo{[&] {
    there = read_all(server);
    write_all(server, text);
    ::shutdown(server.get(), SHUT_WR);
  }};
  near.send(text);
  near.half_close();
  const ending end = near.await_end();
  echo.join();  // first: Boost.Test keeps its place in a variable that all threads share
  BOOST_TEST((end == ending::fin));
  BOOST_TEST((there == text));
  BOOST_TEST((near.parser().rest() == text));
}

BOOST_AUTO_TEST_CASE(a_fin_takes_its_time_and_leaves_the_other_direction_open) {
  const wire line;
  raw_client near{line.between.address()};
  const auto server = line.far.accept();
  const auto begun = clock::now();
  ::shutdown(server.get(), SHUT_WR);
  BOOST_TEST((near.await_end() == ending::fin));
  BOOST_TEST((clock::now() - begun >= delay));
  near.send("still there");
  near.half_close();
  BOOST_TEST(read_all(server) == "still there");
  BOOST_TEST(eventually(patience, [&] { return line.between.connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_reset_arrives_as_a_reset_and_takes_its_time) {
  const wire line;
  raw_client near{line.between.address()};
  auto server = line.far.accept();
  const auto begun = clock::now();
  reset_at_close(server);
  BOOST_TEST((near.await_end() == ending::reset));
  BOOST_TEST((clock::now() - begun >= delay));
}

BOOST_AUTO_TEST_CASE(the_clients_reset_reaches_the_server) {
  const wire line;
  raw_client near{line.between.address()};
  const auto server = line.far.accept();
  near.abort();
  char byte = 0;
  BOOST_TEST(::recv(server.get(), &byte, 1, 0) == -1);
  BOOST_TEST(errno == ECONNRESET);
}

// The very race that it is for: the server closes while a request is on its way.
BOOST_AUTO_TEST_CASE(what_meets_a_closed_server_is_answered_by_a_reset) {
  const wire line;
  raw_client near{line.between.address()};
  auto server = line.far.accept();
  server.reset();
  BOOST_TEST((near.poll_end() == ending::open));
  BOOST_TEST(!near.try_send("too late"));
  BOOST_TEST((near.await_end() == ending::fin));
  BOOST_TEST(eventually(patience, [&] { return static_cast<bool>(near.try_send("x")); }));
  BOOST_TEST(eventually(patience, [&] { return line.between.connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_a_reset) {
  endpoint nowhere;
  {
    const far_end gone;
    nowhere = gone.address();
  }
  const relay to_nowhere{nowhere, delay};
  raw_client near{to_nowhere.address()};
  BOOST_TEST((near.await_end() == ending::reset));
}

BOOST_AUTO_TEST_CASE(a_reader_that_stops_stops_the_writer) {
  const wire line;
  raw_client near{line.between.address()};
  const auto server = line.far.accept();
  const auto text = numbered(1 << 20);
  std::size_t sent = 0;
  while (!near.try_send(text, 200ms) && sent < (std::size_t{64} << 20)) sent += text.size();
  BOOST_TEST(sent < (std::size_t{64} << 20));
}

BOOST_AUTO_TEST_CASE(hundreds_of_connections_are_delayed_no_more_than_one) {
  const wire line;
  std::vector<raw_client> near;
  std::vector<descriptor> server;
  for (int i = 0; i < 300; ++i) near.emplace_back(line.between.address());
  for (int i = 0; i < 300; ++i) server.push_back(line.far.accept());
  const auto begun = clock::now();
  for (auto& one : near) one.send("x");
  for (const auto& one : server) {
    char byte = 0;
    BOOST_REQUIRE(::recv(one.get(), &byte, 1, 0) == 1);
  }
  BOOST_TEST((clock::now() - begun < 50 * delay));
  BOOST_TEST(line.between.connections() == 300U);
}

BOOST_AUTO_TEST_SUITE_END()
