// Deadlines against a time that the test makes up.
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "net/timer_wheel.hpp"

namespace baton::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class alarm final : public timer_entry {
 public:
  std::function<void()> then;
  int fired = 0;

 private:
  void on_deadline() override {
    ++fired;
    if (then) then();
  }
};

struct fixture {
  const wheel_time start{hours{1}};
  timer_wheel wheel{start};
  wheel_time now = start;

  std::size_t pass(milliseconds time) {
    now += time;
    return wheel.advance(now);
  }
  // The time from now until `a` fires, in steps of `step`.
  milliseconds until_fired(const alarm& a, milliseconds step, milliseconds limit) {
    const int before = a.fired;
    milliseconds passed{0};
    while (a.fired == before && passed < limit) {
      pass(step);
      passed += step;
    }
    return passed;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(timer_wheel_deadlines, fixture)

BOOST_AUTO_TEST_CASE(a_deadline_is_never_early_and_less_than_two_ticks_late) {
  std::mt19937 random{7};
  for (int i = 0; i < 500; ++i) {
    alarm a;
    const milliseconds delay{random() % 5'000};
    const wheel_time armed_at = now;
    wheel.arm(a, delay);
    until_fired(a, milliseconds{1 + random() % 30}, milliseconds{10'000});
    BOOST_REQUIRE(a.fired == 1);
    // The wheel may have been told the time up to a tick before `armed_at`.
    BOOST_TEST((now - armed_at >= delay));
    BOOST_TEST((now - armed_at < delay + 2 * timer_wheel::tick + milliseconds{31}));
  }
}

BOOST_AUTO_TEST_CASE(no_delay_means_the_next_tick_but_one_at_the_latest) {
  alarm a;
  wheel.arm(a, milliseconds{0});
  BOOST_TEST(a.armed());
  BOOST_TEST(wheel.advance(now) == 0U);
  BOOST_TEST(pass(timer_wheel::tick) == 1U);
  BOOST_TEST(!a.armed());
}

BOOST_AUTO_TEST_CASE(a_negative_delay_is_none) {
  alarm a;
  wheel.arm(a, milliseconds{-1'000});
  BOOST_TEST(pass(timer_wheel::tick) == 1U);
}

BOOST_AUTO_TEST_CASE(a_deadline_fires_once) {
  alarm a;
  wheel.arm(a, milliseconds{100});
  for (int i = 0; i < 3'000; ++i) pass(timer_wheel::tick);
  BOOST_TEST(a.fired == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_moved_on_fires_at_the_later_time) {
  alarm a;
  wheel.arm(a, milliseconds{500});
  for (int i = 0; i < 100; ++i) {
    pass(milliseconds{300});
    wheel.arm(a, milliseconds{500});
  }
  BOOST_TEST(a.fired == 0);
  const milliseconds took = until_fired(a, timer_wheel::tick, milliseconds{2'000});
  BOOST_TEST(a.fired == 1);
  BOOST_TEST((took >= milliseconds{500} && took <= milliseconds{700}));
}

BOOST_AUTO_TEST_CASE(a_deadline_moved_forward_fires_at_the_earlier_time) {
  alarm a;
  wheel.arm(a, hours{2});
  wheel.arm(a, milliseconds{200});
  const milliseconds took = until_fired(a, timer_wheel::tick, milliseconds{1'000});
  BOOST_TEST(a.fired == 1);
  BOOST_TEST((took >= milliseconds{200} && took <= milliseconds{400}));
}

BOOST_AUTO_TEST_CASE(deadlines_beyond_one_turn_fire_in_their_own_turn) {
  for (const milliseconds delay : {milliseconds{102'300}, milliseconds{102'400}, milliseconds{102'500},
                                   milliseconds{250'000}, milliseconds{3'600'000}}) {
    alarm a;
    wheel.arm(a, delay);
    const milliseconds took = until_fired(a, timer_wheel::tick, delay * 2);
    BOOST_TEST(a.fired == 1);
    BOOST_TEST_CONTEXT(delay.count()) {
      BOOST_TEST((took >= delay && took < delay + 2 * timer_wheel::tick));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_long_pause_fires_everything_that_is_due_and_nothing_else) {
  std::vector<std::unique_ptr<alarm>> alarms;
  constexpr int count = 400;
  for (int i = 0; i < count; ++i) {
    alarms.push_back(std::make_unique<alarm>());
    wheel.arm(*alarms.back(), std::chrono::seconds{i});
  }
  constexpr int passed = 300;
  BOOST_TEST(pass(std::chrono::seconds{passed}) == static_cast<std::size_t>(passed));
  for (int i = 0; i < count; ++i) BOOST_TEST(alarms[static_cast<std::size_t>(i)]->fired == (i < passed ? 1 : 0));
  BOOST_TEST(pass(hours{1}) == static_cast<std::size_t>(count - passed));
}

BOOST_AUTO_TEST_CASE(a_time_that_goes_back_fires_nothing) {
  alarm a;
  pass(std::chrono::seconds{10});
  wheel.arm(a, milliseconds{100});
  BOOST_TEST(wheel.advance(start) == 0U);
  BOOST_TEST(wheel.advance(start - hours{1}) == 0U);
  BOOST_TEST((wheel.now() == now));
}

BOOST_AUTO_TEST_CASE(a_disarmed_deadline_does_not_fire_and_can_be_armed_again) {
  alarm a;
  wheel.arm(a, milliseconds{300});
  wheel.disarm(a);
  BOOST_TEST(!a.armed());
  pass(std::chrono::seconds{1});
  BOOST_TEST(a.fired == 0);
  wheel.arm(a, milliseconds{300});
  wheel.disarm(a);
  wheel.arm(a, milliseconds{100});
  pass(std::chrono::seconds{1});
  BOOST_TEST(a.fired == 1);
}

BOOST_AUTO_TEST_CASE(an_entry_may_die_while_it_is_filed) {
  alarm other;
  {
    alarm a;
    wheel.arm(a, milliseconds{100});
    wheel.arm(other, milliseconds{100});
  }
  BOOST_TEST(pass(std::chrono::seconds{1}) == 1U);
  BOOST_TEST(other.fired == 1);
}

BOOST_AUTO_TEST_CASE(a_wheel_may_die_before_its_entries) {
  alarm a;
  {
    timer_wheel short_lived{start};
    short_lived.arm(a, milliseconds{100});
  }
  wheel.arm(a, milliseconds{100});
  BOOST_TEST(pass(std::chrono::seconds{1}) == 1U);
}

BOOST_AUTO_TEST_CASE(arming_again_in_the_callback_waits_anew) {
  alarm a;
  a.then = [&] { wheel.arm(a, milliseconds{0}); };
  wheel.arm(a, milliseconds{0});
  BOOST_TEST(pass(hours{1}) == 1U);
  for (int i = 2; i < 10; ++i) {
    pass(timer_wheel::tick);
    BOOST_TEST(a.fired == i);
  }
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_its_own_entry) {
  auto a = std::make_unique<alarm>();
  a->then = [&] { a.reset(); };
  wheel.arm(*a, milliseconds{0});
  BOOST_TEST(pass(std::chrono::seconds{1}) == 1U);
  BOOST_TEST(a == nullptr);
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_an_entry_due_at_the_same_time) {
  for (const bool first_kills_second : {true, false}) {
    auto a = std::make_unique<alarm>();
    auto b = std::make_unique<alarm>();
    a->then = [&] { b.reset(); };
    b->then = [&] { a.reset(); };
    wheel.arm(first_kills_second ? *a : *b, milliseconds{100});
    wheel.arm(first_kills_second ? *b : *a, milliseconds{100});
    BOOST_TEST(pass(std::chrono::seconds{1}) == 1U);
    BOOST_TEST((a == nullptr) != (b == nullptr));
  }
}

BOOST_AUTO_TEST_CASE(a_callback_may_disarm_an_entry_due_at_the_same_time) {
  alarm a;
  alarm b;
  a.then = [&] { wheel.disarm(b); };
  wheel.arm(a, milliseconds{100});
  wheel.arm(b, milliseconds{100});
  BOOST_TEST(pass(std::chrono::seconds{1}) == 1U);
  BOOST_TEST(b.fired == 0);
}

BOOST_AUTO_TEST_CASE(a_thousand_random_deadlines_agree_with_a_plain_list) {
  std::mt19937 random{42};
  std::vector<std::unique_ptr<alarm>> alarms;
  std::vector<wheel_time> due;
  for (int i = 0; i < 1'000; ++i) {
    alarms.push_back(std::make_unique<alarm>());
    due.push_back(now + milliseconds{random() % 400'000});
    wheel.arm(*alarms.back(), std::chrono::duration_cast<milliseconds>(due.back() - now));
  }
  while (now < start + milliseconds{500'000}) {
    pass(milliseconds{random() % 3'000});
    for (std::size_t i = 0; i < alarms.size(); ++i) {
      if (now < due[i]) BOOST_REQUIRE(alarms[i]->fired == 0);
      if (now >= due[i] + 2 * timer_wheel::tick) BOOST_REQUIRE(alarms[i]->fired == 1);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::net
