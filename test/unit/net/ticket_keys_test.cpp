#include "net/ticket_keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace baton::net;
using namespace std::chrono_literals;

namespace {

const ticket_keys::time_point start{std::chrono::hours{500'000}};

bool knows(ticket_keys& keys, const ticket_key& key, ticket_keys::time_point now) {
  return keys.find(key.name, now).has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ticket_keys_suite)

BOOST_AUTO_TEST_CASE(a_key_is_used_for_one_rotation_and_opens_tickets_for_another) {
  ticket_keys keys{1h, start};
  const ticket_key first = keys.current(start);
  BOOST_TEST((keys.current(start + 59min).name == first.name));
  const auto found = keys.find(first.name, start + 30min);
  BOOST_REQUIRE(found);
  BOOST_TEST(!found->old);
  BOOST_TEST((keys.current(start + 61min).name != first.name));
  const auto later = keys.find(first.name, start + 90min);
  BOOST_REQUIRE(later);
  BOOST_TEST(later->old);
  BOOST_TEST((later->key.cipher == first.cipher));
  BOOST_TEST(!knows(keys, first, start + 121min));
}

BOOST_AUTO_TEST_CASE(two_generations_change_to_the_same_key_at_the_same_time) {
  ticket_keys old_process{1h, start};
  static_cast<void>(old_process.current(start + 90min));
  ticket_keys new_process{1h, start + 100min};
  BOOST_REQUIRE(new_process.load(old_process.save(start + 100min), start + 100min));
  for (const auto at : {start + 101min, start + 119min, start + 121min, start + 179min}) {
    BOOST_TEST((old_process.current(at).name == new_process.current(at).name));
  }
}

BOOST_AUTO_TEST_CASE(a_ticket_of_a_clock_that_is_ahead_is_opened) {
  ticket_keys behind{1h, start};
  ticket_keys ahead{1h, start};
  BOOST_REQUIRE(ahead.load(behind.save(start), start));
  const ticket_key next = ahead.current(start + 60min);
  BOOST_TEST(knows(behind, next, start + 59min));
}

BOOST_AUTO_TEST_CASE(after_a_long_silence_no_old_key_is_known) {
  ticket_keys keys{1h, start};
  const ticket_key first = keys.current(start);
  BOOST_TEST(!knows(keys, first, start + 1000h));
  const ticket_key late = keys.current(start + 1000h);
  BOOST_TEST((keys.current(start + 1000h + 30min).name == late.name));
}

BOOST_AUTO_TEST_CASE(what_is_no_saved_state_changes_nothing) {
  ticket_keys keys{1h, start};
  const ticket_key first = keys.current(start);
  std::string saved = keys.save(start);
  saved.pop_back();
  BOOST_TEST(!keys.load(saved, start));
  BOOST_TEST(!keys.load("", start));
  BOOST_TEST((keys.current(start).name == first.name));
}

BOOST_AUTO_TEST_CASE(a_change_in_the_far_future_is_brought_near) {
  ticket_keys ahead{1h, start + 10'000h};
  ticket_keys keys{1h, start};
  BOOST_REQUIRE(keys.load(ahead.save(start + 10'000h), start));
  const ticket_key first = keys.current(start);
  BOOST_TEST((keys.current(start + 61min).name != first.name));
}

BOOST_AUTO_TEST_SUITE_END()
