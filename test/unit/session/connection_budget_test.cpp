// Counting connections, in all and per peer.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "session/connection_budget.hpp"

namespace baton::session {
namespace {

using verdict = connection_budget::verdict;
constexpr int refusals = 32;  // as connection_budget counts them

peer_key peer(const std::string& address) {
  const auto parsed = client_address::parse(address);
  BOOST_REQUIRE(parsed.has_value());
  return key_of(*parsed);
}

peer_key unix_peer() {
  return key_of(client_address::local());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_keys)

BOOST_AUTO_TEST_CASE(ipv4_addresses_are_told_apart) {
  BOOST_TEST((peer("192.0.2.1") == peer("192.0.2.1")));
  BOOST_TEST((peer("192.0.2.1") != peer("192.0.2.2")));
  BOOST_TEST(peer("192.0.2.1").counted);
}

BOOST_AUTO_TEST_CASE(an_ipv6_network_of_64_bits_is_one_peer) {
  BOOST_TEST((peer("2001:db8:0:1::1") == peer("2001:db8:0:1:ffff::2")));
  BOOST_TEST((peer("2001:db8:0:1::1") != peer("2001:db8:0:2::1")));
}

BOOST_AUTO_TEST_CASE(an_ipv4_client_of_a_dual_stack_listener_is_the_same_peer) {
  BOOST_TEST((peer("::ffff:192.0.2.1") == peer("192.0.2.1")));
  BOOST_TEST((peer("::ffff:192.0.2.1") != peer("::ffff:192.0.2.2")));
}

BOOST_AUTO_TEST_CASE(no_ipv6_network_can_use_up_an_ipv4_peers_share) {
  BOOST_TEST((peer("2001:db8::1") != peer("32.1.13.184")));
  BOOST_TEST((peer("2001:db8:2001:db8::1") != peer("32.1.13.184")));
  BOOST_TEST((peer("::1") != peer("0.0.0.0")));
}

BOOST_AUTO_TEST_CASE(unix_peers_are_not_counted_by_address) {
  BOOST_TEST(!unix_peer().counted);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(connection_budget_limits)

BOOST_AUTO_TEST_CASE(connections_up_to_the_limit_are_admitted) {
  connection_budget budget{3, 0};
  for (int i = 0; i < 3; ++i) BOOST_TEST((budget.enter(unix_peer()) == verdict::admitted));
  BOOST_TEST((budget.enter(unix_peer()) == verdict::refused));
  BOOST_TEST(budget.count() == 4U);
  budget.leave(unix_peer());
  budget.leave(unix_peer());
  BOOST_TEST((budget.enter(unix_peer()) == verdict::admitted));
}

BOOST_AUTO_TEST_CASE(only_so_many_are_worth_a_refusal) {
  connection_budget budget{1, 0};
  BOOST_TEST((budget.enter(unix_peer()) == verdict::admitted));
  for (int i = 0; i < refusals; ++i) BOOST_TEST((budget.enter(unix_peer()) == verdict::refused));
  for (int i = 0; i < 10; ++i) BOOST_TEST((budget.enter(unix_peer()) == verdict::hopeless));
  BOOST_TEST(budget.count() == 1U + refusals);
}

BOOST_AUTO_TEST_CASE(each_address_has_a_limit_of_its_own) {
  connection_budget budget{0, 2};
  for (const char* address : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) {
    BOOST_TEST((budget.enter(peer(address)) == verdict::admitted));
    BOOST_TEST((budget.enter(peer(address)) == verdict::admitted));
    BOOST_TEST((budget.enter(peer(address)) == verdict::refused));
  }
  for (int i = 0; i < 100; ++i) BOOST_TEST((budget.enter(unix_peer()) == verdict::admitted));
}

BOOST_AUTO_TEST_CASE(an_address_far_over_its_limit_is_hopeless_and_others_are_not) {
  connection_budget budget{0, 1};
  for (int i = 0; i < 1 + refusals; ++i) static_cast<void>(budget.enter(peer("192.0.2.1")));
  BOOST_TEST((budget.enter(peer("192.0.2.1")) == verdict::hopeless));
  BOOST_TEST((budget.enter(peer("192.0.2.2")) == verdict::admitted));
  BOOST_TEST(budget.count() == 2U + refusals);
}

BOOST_AUTO_TEST_CASE(without_limits_everyone_is_admitted) {
  connection_budget budget{0, 0};
  for (int i = 0; i < 10'000; ++i) BOOST_REQUIRE((budget.enter(peer("192.0.2.1")) == verdict::admitted));
}

BOOST_AUTO_TEST_CASE(limits_that_come_later_count_who_was_there_before) {
  connection_budget budget{0, 0};
  for (int i = 0; i < 3; ++i) BOOST_TEST((budget.enter(peer("192.0.2.1")) == verdict::admitted));
  budget.limits(10, 3);
  BOOST_TEST((budget.enter(peer("192.0.2.1")) == verdict::refused));
  budget.leave(peer("192.0.2.1"));
  budget.leave(peer("192.0.2.1"));
  BOOST_TEST((budget.enter(peer("192.0.2.1")) == verdict::admitted));
  budget.limits(3, 0);
  BOOST_TEST((budget.enter(peer("192.0.2.2")) == verdict::refused));
  budget.limits(0, 0);
  BOOST_TEST((budget.enter(peer("192.0.2.1")) == verdict::admitted));
}

BOOST_AUTO_TEST_CASE(threads_together_never_exceed_the_limit_and_leave_a_balance_of_zero) {
  connection_budget budget{40, 25};
  std::atomic<int> admitted{0};
  std::atomic<bool> exceeded{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, mine = peer(t % 2 == 0 ? "192.0.2.1" : "2001:db8::1")] {
      for (int i = 0; i < 5'000; ++i) {
        const verdict said = budget.enter(mine);
        if (said == verdict::hopeless) continue;
        if (said == verdict::admitted && admitted.fetch_add(1) >= 40) exceeded = true;
        if (said == verdict::admitted) --admitted;
        budget.leave(mine);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  BOOST_TEST(!exceeded.load());
  BOOST_TEST(budget.count() == 0U);
  for (int i = 0; i < 25; ++i) BOOST_TEST((budget.enter(peer("192.0.2.1")) == verdict::admitted));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
