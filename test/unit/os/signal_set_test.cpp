#include "os/signal_set.hpp"

#include <pthread.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

// Puts the thread's mask back.
struct own_mask : unit::nothing_left {
  sigset_t before;
  own_mask() { ::pthread_sigmask(SIG_SETMASK, nullptr, &before); }
  ~own_mask() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
};

// To this thread, so that no other one takes it.
void raise_here(int signal) {
  ::pthread_kill(::pthread_self(), signal);
}

BOOST_FIXTURE_TEST_SUITE(signals, own_mask)

BOOST_AUTO_TEST_CASE(a_server_handles_exactly_the_six) {
  const auto handled = signal_set::handled();
  for (int signal = 1; signal < NSIG; ++signal) {
    const bool one = signal == SIGUSR2 || signal == SIGUSR1 || signal == SIGHUP || signal == SIGTERM ||
                     signal == SIGINT || signal == SIGQUIT;
    BOOST_TEST(handled.contains(signal) == one, signal_name(signal) << ' ' << signal);
  }
}

BOOST_AUTO_TEST_CASE(a_blocked_signal_waits_until_it_is_read) {
  const signal_set set{SIGUSR2, SIGHUP};
  set.block();
  raise_here(SIGUSR2);
  const auto fd = open_signal_fd(set);
  BOOST_TEST_REQUIRE(fd.has_value());
  const auto first = read_signal(*fd);
  BOOST_TEST_REQUIRE((first && *first));
  BOOST_TEST((*first)->number == SIGUSR2);
  BOOST_TEST((*first)->sender == ::getpid());
  BOOST_TEST(!read_signal(*fd)->has_value());
}

BOOST_AUTO_TEST_CASE(different_signals_are_all_read) {
  const signal_set set{SIGUSR1, SIGHUP};
  set.block();
  raise_here(SIGUSR1);
  raise_here(SIGHUP);
  const auto fd = open_signal_fd(set);
  int sum = 0;
  for (int i = 0; i < 2; ++i) sum += (*read_signal(*fd))->number;
  BOOST_TEST(sum == SIGUSR1 + SIGHUP);
}

BOOST_AUTO_TEST_CASE(signals_have_names) {
  BOOST_TEST(signal_name(SIGUSR2) == "SIGUSR2");
  BOOST_TEST(signal_name(63) == "signal");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
