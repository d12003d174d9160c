// What the kernel says of threads that go first, and of those that they start meanwhile.
#include "os/precedence.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <future>
#include <thread>

#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

namespace baton::os {
namespace {

int niceness(pid_t thread) {
  errno = 0;
  const int found = ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
  BOOST_TEST_REQUIRE(errno == 0);
  return found;
}

void drop(unsigned capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2]{};
  BOOST_TEST_REQUIRE(::syscall(SYS_capget, &header, sets) == 0);
  sets[0].effective &= ~(1U << capability);
  BOOST_TEST_REQUIRE(::syscall(SYS_capset, &header, sets) == 0);
}

// On a thread that ends with it, for what it does to itself.
void aside(const std::function<void()>& body) {
  std::thread{body}.join();
}

bool may_go_first() {
  bool may = false;
  aside([&] { may = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), -20) == 0; });
  return may;
}

rlimit limit_of_niceness() {
  rlimit limit{};
  BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NICE, &limit) == 0);
  return limit;
}

// Raised so far that any niceness may be taken, until this goes.
class enough_niceness {
 public:
  enough_niceness() : before_{limit_of_niceness()} {
    const rlimit enough{40, std::max<rlim_t>(before_.rlim_max, 40)};
    given_ = ::setrlimit(RLIMIT_NICE, &enough) == 0;
  }
  ~enough_niceness() { ::setrlimit(RLIMIT_NICE, &before_); }
  [[nodiscard]] bool given() const noexcept { return given_; }

 private:
  const rlimit before_;
  bool given_ = false;
};

using checked = boost::test_tools::assertion_result;

checked not_everybody_may(boost::unit_test::test_unit_id) {
  return limit_of_niceness().rlim_cur < 40;
}

checked root_may(boost::unit_test::test_unit_id) {
  return limit_of_niceness().rlim_cur < 40 && may_go_first();
}

checked limit_can_be_raised(boost::unit_test::test_unit_id) {
  return enough_niceness{}.given();
}

BOOST_AUTO_TEST_SUITE(threads_that_go_first)

BOOST_AUTO_TEST_CASE(they_do_until_it_ends) {
  aside([] {
    const pid_t self = ::gettid();
    const int before = niceness(self);
    {
      const precedence first{{self}};
      BOOST_TEST(first.size() == (may_go_first() ? 1U : 0U));
      BOOST_TEST(niceness(self) == (may_go_first() ? -20 : before));
    }
    BOOST_TEST(niceness(self) == before);
  });
}

BOOST_AUTO_TEST_CASE(those_with_a_niceness_of_their_own_are_left_alone) {
  aside([] {
    const pid_t self = ::gettid();
    BOOST_TEST_REQUIRE(::setpriority(PRIO_PROCESS, static_cast<id_t>(self), niceness(self) + 3) == 0);
    const int before = niceness(self);
    const precedence first{{self}};
    BOOST_TEST(first.size() == 0U);
    BOOST_TEST(niceness(self) == before);
  });
}

BOOST_AUTO_TEST_CASE(what_they_start_meanwhile_does_not) {
  aside([] {
    const pid_t self = ::gettid();
    const int before = niceness(self);
    const precedence first{{self}};
    aside([] { BOOST_TEST(niceness(::gettid()) >= 0); });
    BOOST_TEST(niceness(self) == (may_go_first() ? -20 : before));
  });
}

BOOST_AUTO_TEST_CASE(what_they_start_afterwards_is_as_before) {
  aside([] {
    const int before = niceness(::gettid());
    { const precedence first{{::gettid()}}; }
    aside([before] { BOOST_TEST(niceness(::gettid()) == before); });
  });
}

BOOST_AUTO_TEST_CASE(those_that_may_not_stay_as_they_are, *boost::unit_test::precondition(not_everybody_may)) {
  aside([] {
    const pid_t self = ::gettid();
    const int before = niceness(self);
    drop(CAP_SYS_NICE);
    const precedence first{{self}};
    BOOST_TEST(first.size() == 0U);
    BOOST_TEST(niceness(self) == before);
  });
}

// As under systemd with LimitNICE=-20.
BOOST_AUTO_TEST_CASE(the_limit_of_niceness_is_enough, *boost::unit_test::precondition(limit_can_be_raised)) {
  const enough_niceness limit;
  aside([] {
    const pid_t self = ::gettid();
    drop(CAP_SYS_NICE);
    {
      const precedence first{{self}};
      BOOST_TEST(first.size() == 1U);
      BOOST_TEST(niceness(self) == -20);
    }
    BOOST_TEST(niceness(self) == 0);
    aside([] { BOOST_TEST(niceness(::gettid()) == 0); });
  });
}

BOOST_AUTO_TEST_CASE(they_come_back_though_the_right_has_gone, *boost::unit_test::precondition(root_may)) {
  aside([] {
    const pid_t self = ::gettid();
    {
      const precedence first{{self}};
      BOOST_TEST(niceness(self) == -20);
      drop(CAP_SYS_NICE);
    }
    BOOST_TEST(niceness(self) == 0);
    aside([] { BOOST_TEST(niceness(::gettid()) == 0); });
  });
}

BOOST_AUTO_TEST_CASE(one_that_is_scheduled_otherwise_is_left_alone) {
  aside([] {
    const pid_t self = ::gettid();
    const sched_param none{};
    BOOST_TEST_REQUIRE(::sched_setscheduler(self, SCHED_BATCH, &none) == 0);
    const precedence first{{self}};
    BOOST_TEST(first.size() == 0U);
    BOOST_TEST(::sched_getscheduler(self) == SCHED_BATCH);
  });
}

BOOST_AUTO_TEST_CASE(one_that_has_ended_is_passed_over) {
  pid_t ended = 0;
  aside([&] { ended = ::gettid(); });
  aside([ended] {
    const precedence first{{ended, ::gettid()}};
    BOOST_TEST(first.size() == (may_go_first() ? 1U : 0U));
  });
}

BOOST_AUTO_TEST_CASE(all_but_the_calling_thread_are_the_others) {
  const auto before = other_threads();
  std::promise<pid_t> told;
  std::promise<void> end;
  std::thread other{[&] {
    told.set_value(::gettid());
    end.get_future().wait();
  }};
  const pid_t started = told.get_future().get();
  const auto found = other_threads();
  end.set_value();
  other.join();
  BOOST_TEST(std::count(found.begin(), found.end(), started) == 1);
  BOOST_TEST(std::count(found.begin(), found.end(), ::gettid()) == 0);
  BOOST_TEST(found.size() == before.size() + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
