// Token buckets by a clock of the test's, and who shares one.
#include "middleware/token_buckets.hpp"
#include "unit/middleware/chain.hpp"

namespace baton {
namespace {

using namespace std::chrono_literals;

struct limited {
  std::chrono::steady_clock::time_point now{1h};
  with::rate_limit_options how;
  limited() {
    how.requests = 3;
    how.per = 3s;
    how.now = [this] { return now; };
  }
  limited(const limited&) = delete;
  limited& operator=(const limited&) = delete;
  [[nodiscard]] chain served() const { return chain{{with::rate_limit(how)}}; }
};

unsigned ask(const chain& served, const char* peer) {
  return code_of(served.ask("GET", {}, peer));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limit)

BOOST_AUTO_TEST_CASE(a_client_over_its_rate_is_told_when_to_come_again) {
  limited by;
  const chain served = by.served();
  for (int i = 0; i != 3; ++i) BOOST_TEST(ask(served, "192.0.2.1:1") == 200U);
  const response refused = served.ask("GET", {}, "192.0.2.1:2");
  BOOST_TEST(code_of(refused) == 429U);
  BOOST_TEST(value_of(refused, "Retry-After") == "1");
  BOOST_TEST(value_of(refused, "RateLimit-Policy") == "\"default\";q=3;w=3");
  BOOST_TEST(value_of(refused, "RateLimit") == "\"default\";r=0;t=1");
  by.now += 1s;
  BOOST_TEST(ask(served, "192.0.2.1:3") == 200U);
  BOOST_TEST(ask(served, "192.0.2.1:3") == 429U);
}

BOOST_AUTO_TEST_CASE(a_rest_fills_the_bucket_and_no_further) {
  limited by;
  by.how.burst = 2;
  const chain served = by.served();
  by.now += 1h;
  for (int i = 0; i != 2; ++i) BOOST_TEST(ask(served, "192.0.2.1:1") == 200U);
  BOOST_TEST(ask(served, "192.0.2.1:1") == 429U);
}

BOOST_AUTO_TEST_CASE(answers_say_what_is_left) {
  limited by;
  const chain served = by.served();
  BOOST_TEST(value_of(served.ask(), "RateLimit") == "\"default\";r=2;t=1");
  BOOST_TEST(value_of(served.ask(), "RateLimit") == "\"default\";r=1;t=1");
  by.how.announce = false;
  BOOST_TEST(value_of(by.served().ask(), "RateLimit") == "(none)");
}

BOOST_AUTO_TEST_CASE(every_ipv4_address_has_its_own_bucket_and_every_ipv6_network) {
  limited by;
  by.how.requests = 1;
  const chain served = by.served();
  BOOST_TEST(ask(served, "192.0.2.1:1") == 200U);
  BOOST_TEST(ask(served, "[::ffff:192.0.2.1]:1") == 429U);
  BOOST_TEST(ask(served, "192.0.2.2:1") == 200U);
  BOOST_TEST(ask(served, "[2001:db8:0:1::1]:1") == 200U);
  BOOST_TEST(ask(served, "[2001:db8:0:1::2]:1") == 429U);
  BOOST_TEST(ask(served, "[2001:db8:0:2::1]:1") == 200U);
  for (int i = 0; i != 5; ++i) BOOST_TEST(ask(served, "unix:") == 200U);
}

BOOST_AUTO_TEST_CASE(a_key_of_the_programs_own_counts_instead) {
  limited by;
  by.how.requests = 1;
  by.how.key = [](const request& req) { return std::string{req.get("X-Key").value_or("")}; };
  const chain served = by.served();
  BOOST_TEST(code_of(served.ask("GET", "X-Key: a\r\n")) == 200U);
  BOOST_TEST(code_of(served.ask("GET", "X-Key: a\r\n")) == 429U);
  BOOST_TEST(code_of(served.ask("GET", "X-Key: a long key of more than eight bytes\r\n")) == 200U);
  BOOST_TEST(code_of(served.ask("GET", "X-Key: a long key of more than eight byteS\r\n")) == 200U);
  for (int i = 0; i != 5; ++i) BOOST_TEST(code_of(served.ask()) == 200U);
}

BOOST_AUTO_TEST_CASE(routes_of_one_chain_share_what_it_remembers) {
  limited by;
  by.how.requests = 1;
  const middleware piece = with::rate_limit(by.how);
  BOOST_TEST(ask(chain{{piece}}, "192.0.2.1:1") == 200U);
  BOOST_TEST(ask(chain{{piece}}, "192.0.2.1:1") == 429U);
}

BOOST_AUTO_TEST_CASE(a_flood_of_clients_cannot_make_the_table_grow_or_free_one_that_is_over) {
  constexpr std::int64_t second = 1'000'000'000;
  with::token_buckets table{128, second, 10};
  BOOST_TEST(table.capacity() == 128U);
  std::int64_t now = 100 * second;
  constexpr std::uint64_t greedy = 7;
  for (int i = 0; i != 10; ++i) BOOST_TEST(table.take(greedy, now).admitted);
  // Everybody else of the flood asks once, and in the same shard and set too.
  for (std::uint64_t other = 1; other != 10'000; ++other) {
    BOOST_TEST(table.take(greedy + 16 * other, now).admitted);
  }
  BOOST_TEST(!table.take(greedy, now).admitted);
  now += second;
  BOOST_TEST(table.take(greedy, now).admitted);
}

BOOST_AUTO_TEST_CASE(what_is_no_rate_is_refused_when_the_chain_is_built) {
  with::rate_limit_options none;
  none.requests = 0;
  BOOST_CHECK_THROW(static_cast<void>(with::rate_limit(none)), std::invalid_argument);
  with::rate_limit_options instant;
  instant.per = 0ms;
  BOOST_CHECK_THROW(static_cast<void>(with::rate_limit(instant)), std::invalid_argument);
  with::rate_limit_options endless;
  endless.per = std::chrono::hours{24 * 366};
  BOOST_CHECK_THROW(static_cast<void>(with::rate_limit(endless)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
