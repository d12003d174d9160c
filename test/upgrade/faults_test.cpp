// System calls that fail while a server upgrades: the upgrade fails or succeeds, but a process always
// serves, nothing leaks, and the next upgrade works.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstring>

#include "aftermath.hpp"
#include "fault_injection.hpp"
#include "prober.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"

using namespace baton::test;

namespace {

struct trouble {
  fault_call call;
  int error;
};

// A server in which calls can be made to fail, and someone who notices when it is not there.
class weather {
 public:
  weather()
      : server{faults.into(demo({"--drain.idle", "transfer", "--upgrade.guard", "100ms", "--drain.linger", "100ms",
                                 "--upgrade.timeout", sanitised ? "10s" : "2s"}))},
        where{server.address()},
        descriptors{settled_descriptors(server.pid())},
        client{where} {
    upgrade();  // the library by itself does no harm
  }

  // One that works.
  void upgrade() {
    const auto old = await_last_one(server, where);
    server.signal(old, SIGUSR2);
    BOOST_REQUIRE_MESSAGE(eventually(2 * patience, [&] { return server.ended(old); }), server.log());
  }

  // Asks for an upgrade while the rule is armed; whatever becomes of it, one process serves in the end.
  void upgrade_with(fault_call call, const fault_rule& rule) {
    const auto old = await_last_one(server, where);
    rest_some();
    const auto from = server.log().size();
    faults.arm(call, rule);
    server.signal(old, SIGUSR2);
    BOOST_TEST(eventually(2 * patience, [&] { return server.ended(old) || failed(from); }),
               "neither serves the new process nor is there a reason:\n"
                   << server.log().substr(from));
    // A connection that epoll refuses cannot be served.
    if (call == fault_call::epoll_ctl) may_be_cut += faults.acted(call);
    faults.disarm_all();
    BOOST_TEST(client.progresses(), client.words());
    resting.clear();
    await_last_one(server, where);
  }

  // The next upgrade works, and leaves as much as was there before.
  void recover() {
    upgrade();
    const auto last = await_last_one(server, where);
    BOOST_TEST(client.refused() == 0U, client.words());
    BOOST_TEST(client.cut() <= may_be_cut, client.words());
    client.stop();
    static_cast<void>(eventually(patience, [&] { return proc::descriptors(last) == descriptors; }));
    BOOST_TEST(proc::descriptors(last) == descriptors, boost::test_tools::per_element());
  }

  fault_injection faults;
  server_process server;
  const endpoint where;
  const std::vector<std::string> descriptors;  // of the first generation
  prober client;
  std::vector<std::unique_ptr<raw_client>> resting;
  std::size_t may_be_cut = 0;

 private:
  [[nodiscard]] bool failed(std::size_t from) const {
    return server.logs("keeps serving", 0ms, from) || server.logs("serves again", 0ms, from);
  }

  void rest_some() {
    for (int i = 0; i < 20; ++i) {
      resting.push_back(std::make_unique<raw_client>(where));
      static_cast<void>(resting.back()->get("/plaintext"));
    }
  }
};

const trouble troubles[] = {
    {fault_call::vfork, EAGAIN},          {fault_call::vfork, ENOMEM},           {fault_call::execve, ENOMEM},
    {fault_call::execve, EAGAIN},         {fault_call::socketpair, EMFILE},      {fault_call::socketpair, ENFILE},
    {fault_call::pipe2, EMFILE},          {fault_call::pipe2, ENFILE},           {fault_call::duplicate, EMFILE},
    {fault_call::memfd_create, EMFILE},   {fault_call::memfd_create, ENOMEM},    {fault_call::pidfd_open, EMFILE},
    {fault_call::epoll_ctl, ENOMEM},      {fault_call::epoll_ctl, ENOSPC},       {fault_call::channel_send, EAGAIN},
    {fault_call::channel_send, ENOBUFS},  {fault_call::channel_send, ENOMEM},    {fault_call::channel_send, EINTR},
    {fault_call::channel_receive, EINTR}, {fault_call::channel_receive, EAGAIN}, {fault_call::channel_receive, ENOMEM}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(faults, leak_check)

// The first, the second and the third call of each kind during an upgrade, whoever makes it.
BOOST_AUTO_TEST_CASE(whichever_system_call_fails_someone_serves_and_the_next_upgrade_works) {
  weather now;
  for (const auto& each : troubles) {
    for (std::uint32_t skip = 0; skip < (sanitised ? 1U : 3U); ++skip) {
      BOOST_TEST_CONTEXT(to_string(each.call) << " number " << skip + 1 << " fails: " << std::strerror(each.error)) {
        now.upgrade_with(each.call, {.error = each.error, .skip = skip});
      }
    }
  }
  now.recover();
}

BOOST_AUTO_TEST_CASE(an_upgrade_that_has_no_descriptors_left_at_all_fails_and_the_next_one_works) {
  weather now;
  for (const auto call : {fault_call::socketpair, fault_call::pipe2, fault_call::duplicate}) {
    BOOST_TEST_CONTEXT(to_string(call)) {
      now.upgrade_with(call, {.error = EMFILE, .times = 1000});
    }
  }
  now.recover();
}

BOOST_AUTO_TEST_CASE(interrupted_and_short_transfers_change_nothing) {
  weather now;
  now.faults.arm(fault_call::stream_send, {.deed = fault_deed::shorten, .times = 1U << 30, .one_in = 3});
  now.faults.arm(fault_call::stream_receive, {.deed = fault_deed::shorten, .times = 1U << 30, .one_in = 3});
  for (int i = 0; i < 3; ++i) {
    now.upgrade();
    BOOST_TEST(now.client.progresses());
  }
  BOOST_TEST(now.faults.acted(fault_call::stream_send) > 0U);
  BOOST_TEST(now.faults.acted(fault_call::stream_receive) > 0U);
  now.recover();
}

// The disk is full for a file of one line, too.
BOOST_AUTO_TEST_CASE(a_pid_file_that_cannot_be_written_fails_the_upgrade_and_stays_as_it_was) {
  const temporary_directory directory;
  fault_injection faults;
  // No state: the file is to be what is written first.
  server_process server{faults.into(demo({"--pid_file", directory / "pid", "--upgrade.state_limit", "0"}))};
  const auto first = server.latest();
  const auto own = std::to_string(first.pid) + "\n";
  for (const fault_rule& rule : {fault_rule{.error = ENOSPC, .times = 10}, fault_rule{.error = EIO, .times = 10}}) {
    const auto from = server.log().size();
    faults.arm(fault_call::write, rule);
    server.signal(SIGUSR2);
    BOOST_TEST(server.logs("generation 1 keeps serving", patience, from), server.log().substr(from));
    BOOST_TEST(server.log().find("cannot write the pid file", from) != std::string::npos);
    BOOST_TEST(directory.read("pid") == own);
    BOOST_TEST(get(server.address(), "/pid").body + "\n" == own);
    faults.disarm_all();
  }
  // One byte at a time is slow and right.
  faults.arm(fault_call::write, {.deed = fault_deed::shorten, .times = 1000});
  server.upgrade();
  BOOST_TEST(faults.acted(fault_call::write) > 1U);
  faults.disarm_all();
  BOOST_TEST(eventually(patience, [&] { return directory.read("pid") == std::to_string(server.pid()) + "\n"; }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
