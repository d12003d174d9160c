// How long single clients can hold the old process: no longer than their own deadlines, and never past
// drain.timeout.
#include <algorithm>
#include <vector>

#include <signal.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

using clock = std::chrono::steady_clock;

// What processes and machines take on top of any deadline.
constexpr std::chrono::milliseconds leeway = sanitised ? 8s : 3s;

enum class idle { linger, transfer };

// The deadlines that do not matter in a test are far away.
struct deadlines {
  std::string head = "1h";
  std::string body = "1h";
  std::string write = "1h";
  std::string drain = "1h";
};

server_process started(idle what, const deadlines& limits) {
  return server_process{
      demo({"--drain.idle", what == idle::linger ? "linger" : "transfer", "--drain.linger", "100ms", "--drain.fresh",
            "500ms", "--drain.timeout", limits.drain, "--timeouts.head", limits.head, "--timeouts.body", limits.body,
            "--timeouts.write", limits.write, "--timeouts.body_rate", "0", "--upgrade.guard", "0"})};
}

// An upgrade, and how long the old process stayed afterwards.
struct stay {
  std::chrono::milliseconds time;
  int status;
};
stay upgrade(server_process& server) {
  const auto old = server.latest();
  server.signal(SIGUSR2);
  server.await(old.number + 1);
  const auto begun = clock::now();
  const int status = server.wait(old.pid, 2 * patience);
  BOOST_TEST(get(server.address(), "/generation").body == std::to_string(old.number + 1));
  return {std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begun), status};
}

void holds_at_most(server_process& server, std::chrono::milliseconds limit, int status = 0) {
  const auto found = upgrade(server);
  BOOST_TEST(found.time.count() < (limit + leeway).count());
  BOOST_TEST(found.status == status);
}

// How many there may be in this process, as many as it is allowed.
std::size_t descriptors() {
  rlimit limit{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return limit.rlim_cur;
}

void half_a_head(raw_client& client) {
  client.send("GET /plaintext HTTP/1.1\r\nHost: local");
}

// Begun, and the handler runs: its first bytes come back when it flushes. Then no more is sent.
void half_a_body(raw_client& client) {
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + std::string(40'000, 'x'));
  BOOST_REQUIRE(client.await_bytes());
}

// Large enough to fill every buffer on the way.
void stop_reading(raw_client& client) {
  client.send(get_request("/download?bytes=1000000000&chunk=262144"));
  BOOST_REQUIRE(client.await_bytes());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(holds, leak_check)

BOOST_AUTO_TEST_CASE(a_silent_client_holds_the_old_process_no_longer_than_fresh) {
  auto server = started(idle::linger, {});
  const raw_client client{server.address()};
  holds_at_most(server, 500ms);
}

BOOST_AUTO_TEST_CASE(a_silent_client_moves_and_holds_nobody) {
  auto server = started(idle::transfer, {});
  raw_client client{server.address()};
  holds_at_most(server, 0ms);
  BOOST_TEST(client.get("/generation").body == "2");
}

BOOST_AUTO_TEST_CASE(two_thousand_idle_connections_move_and_each_is_answered) {
  const std::size_t many = std::min<std::size_t>(2'000, descriptors() - 100);
  auto server = started(idle::transfer, {});
  std::vector<raw_client> clients;
  for (std::size_t i = 0; i < many; ++i) {
    clients.emplace_back(server.address());
    BOOST_REQUIRE(clients.back().get("/generation").body == "1");
  }
  holds_at_most(server, 0ms);
  for (raw_client& each : clients) BOOST_REQUIRE(each.get("/generation").body == "2");
}

BOOST_AUTO_TEST_CASE(a_half_sent_head_holds_the_old_process_no_longer_than_its_deadline) {
  auto server = started(idle::linger, {.head = "1s"});
  raw_client client{server.address()};
  half_a_head(client);
  holds_at_most(server, 1s);
}

BOOST_AUTO_TEST_CASE(a_half_sent_head_moves_and_its_deadline_with_it) {
  auto server = started(idle::transfer, {.head = "3s"});
  raw_client answered{server.address()};
  raw_client late{server.address()};
  half_a_head(answered);
  half_a_head(late);
  const auto begun = clock::now();
  holds_at_most(server, 0ms);
  answered.send("host\r\n\r\n");
  BOOST_TEST(answered.read().status == 200);
  BOOST_TEST((answered.end() == ending::open));
  // Begun anew with each process, the deadline would never come.
  BOOST_TEST((late.await_end() != ending::open));
  BOOST_TEST((clock::now() - begun >= 2500ms));
  BOOST_TEST((clock::now() - begun < 3s + leeway));
}

BOOST_AUTO_TEST_CASE(a_slow_post_holds_the_old_process_no_longer_than_its_deadline) {
  auto server = started(idle::transfer, {.body = "1s"});
  raw_client client{server.address()};
  half_a_body(client);
  holds_at_most(server, 1s);
}

BOOST_AUTO_TEST_CASE(a_reader_that_stopped_holds_the_old_process_no_longer_than_its_deadline) {
  auto server = started(idle::transfer, {.write = "1s"});
  raw_client client{server.address()};
  stop_reading(client);
  holds_at_most(server, 1s);
}

BOOST_AUTO_TEST_CASE(none_of_them_holds_the_old_process_past_the_drain_timeout) {
  for (const auto manner : {idle::linger, idle::transfer}) {
    auto server = started(manner, {.drain = "1s"});
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<raw_client>(server.address()));
    half_a_head(*clients[1]);
    half_a_body(*clients[2]);
    stop_reading(*clients[3]);
    holds_at_most(server, 1s, 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
