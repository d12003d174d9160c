// Upgrades while processes are killed, stopped and refused their system calls at random moments. What
// happens follows from a seed; BATON_TEST_SEED and BATON_TEST_ROUNDS choose another run.
#include <signal.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <random>

#include "aftermath.hpp"
#include "fault_injection.hpp"
#include "prober.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"

using namespace baton::test;

namespace {

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

const fault_call calls[] = {fault_call::vfork,           fault_call::execve,        fault_call::socketpair,
                            fault_call::pipe2,           fault_call::duplicate,     fault_call::memfd_create,
                            fault_call::accept4,         fault_call::epoll_ctl,     fault_call::channel_send,
                            fault_call::channel_receive, fault_call::stream_receive};
const int errors[] = {EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR};

class storm {
 public:
  explicit storm(unsigned seed)
      : random_{seed},
        faults_{seed},
        server_{faults_.into(demo({"--drain.idle", "transfer", "--upgrade.guard", "150ms", "--upgrade.timeout",
                                   sanitised ? "5s" : "1s", "--drain.linger", "100ms"}))},
        where_{server_.address()},
        client_{where_} {}

  void round() {
    const auto old = settled();
    rest_some();
    const auto from = server_.log().size();
    const unsigned what = number(0, 9);
    if (what == 0) arm_something();
    server_.signal(old, SIGUSR2);
    if (what >= 1 && what <= 4) kill_new(old);
    if (what >= 5 && what <= 7) kill_old(old, from);
    if (what == 8) stop_for_a_while(old);
    BOOST_TEST(client_.progresses(), "seed round " << what << ": " << client_.words() << '\n'
                                                   << server_.log().substr(from));
    faults_.disarm_all();
    settled();
    BOOST_TEST(client_.refused() == 0U, client_.words());
  }

  void end() {
    const auto last = settled();
    // And an upgrade in fine weather.
    server_.signal(last, SIGUSR2);
    BOOST_TEST(eventually(patience, [&] { return server_.ended(last); }), server_.log());
    const auto next = settled();
    client_.stop();
    std::cout << client_.answered() << " answered, " << client_.cut() << " cut off; " << kills_
              << " processes killed, the longest answer took " << client_.longest().count() << " ms\n";
    BOOST_TEST(client_.refused() == 0U);
    BOOST_TEST(client_.cut() <= kills_);
    resting_.clear();
    server_.signal(next, SIGTERM);
    BOOST_TEST(server_.wait(next) == 0);
  }

 private:
  unsigned number(unsigned least, unsigned most) { return std::uniform_int_distribution{least, most}(random_); }

  void wait_up_to(std::chrono::microseconds most) {
    std::this_thread::sleep_for(std::chrono::microseconds{number(0, static_cast<unsigned>(most.count()))});
  }

  void arm_something() {
    const auto call = calls[number(0, std::size(calls) - 1)];
    const int error = errors[number(0, std::size(errors) - 1)];
    faults_.arm(call, {.error = error, .skip = number(0, 3), .times = number(1, 3), .one_in = number(1, 3)});
  }

  void kill_new(pid_t old) {
    wait_up_to(60ms);
    for (const auto& each : proc::children(old)) end_it(each.pid);
  }

  // Only when there is another that has the listeners: before that it would be the service's own end.
  void kill_old(pid_t old, std::size_t from) {
    if (!server_.logs("starting generation", patience, from)) return;
    if (!eventually(patience, [&] { return !proc::children(old).empty() || !proc::alive(old); })) return;
    wait_up_to(40ms);
    const auto successors = proc::children(old);
    if (!successors.empty() && proc::alive(successors.front().pid)) end_it(old);
  }

  void stop_for_a_while(pid_t old) {
    wait_up_to(40ms);
    const auto children = proc::children(old);
    for (const auto& each : children) try_signal(each.pid, SIGSTOP);
    std::this_thread::sleep_for(100ms);
    for (const auto& each : children) try_signal(each.pid, SIGCONT);
  }

  void end_it(pid_t pid) {
    if (try_signal(pid, SIGKILL)) ++kills_;
  }

  bool try_signal(pid_t pid, int what) {
    try {
      server_.signal(pid, what);
      return true;
    } catch (const std::system_error&) {
      return false;  // it has ended by itself
    }
  }

  pid_t settled() { return await_last_one(server_, where_); }

  void rest_some() {
    resting_.clear();
    for (int i = 0; i < 40; ++i) {
      resting_.push_back(std::make_unique<raw_client>(where_));
      if (i % 2 == 0) static_cast<void>(resting_.back()->try_send("GET /plain"));
    }
  }

  std::minstd_rand random_;
  fault_injection faults_;
  server_process server_;
  const endpoint where_;
  prober client_;
  std::vector<std::unique_ptr<raw_client>> resting_;
  std::size_t kills_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(chaos, leak_check)

BOOST_AUTO_TEST_CASE(whoever_is_killed_or_stopped_at_whatever_moment_the_service_is_never_refused) {
  const auto seed = number_from("BATON_TEST_SEED", 1);
  const auto rounds = number_from("BATON_TEST_ROUNDS", sanitised ? 8 : 30);
  std::cout << "BATON_TEST_SEED=" << seed << " BATON_TEST_ROUNDS=" << rounds << '\n';
  storm weather{seed};
  for (unsigned i = 0; i < rounds; ++i) {
    BOOST_TEST_CONTEXT("seed " << seed << ", round " << i) {
      weather.round();
    }
  }
  weather.end();
}

BOOST_AUTO_TEST_SUITE_END()
