// New versions that are bad in every manner, one after the other: the service is never refused, the old
// version serves again, and a good one gets its turn in the end.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <iostream>

#include "fault_injection.hpp"
#include "prober.hpp"
#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"

using namespace baton::test;

namespace {

// A server at a staged path, asked all the time, with connections that rest.
class patient {
 public:
  patient() : server{started()}, first{server.latest()}, client{server.address()} {}

  // Asks for an upgrade that must come to nothing, sooner or later.
  // `by_hand`: where the new process is still there when the old one has drained, it is killed.
  enum class end_of_the_new_one { by_itself, by_hand };
  void survives_upgrade(end_of_the_new_one how = end_of_the_new_one::by_itself) {
    BOOST_REQUIRE(eventually(patience, [&] { return server.latest().pid == first.pid; }));
    rest_some();
    ++bad_ones_;
    const auto from = server.log().size();
    server.signal(first.pid, SIGUSR2);
    if (how == end_of_the_new_one::by_hand) kill_when_drained(from);
    BOOST_REQUIRE_MESSAGE(eventually(2 * patience, [&] { return taken_back(from); }), server.log().substr(from));
    BOOST_TEST(client.progresses(), client.words());
    BOOST_TEST(client.refused() == 0U, client.words());
    BOOST_TEST(eventually(patience, [&] { return proc::children(first.pid).empty(); }), server.log().substr(from));
    BOOST_TEST(proc::alive(first.pid));
    BOOST_TEST(get(server.address(), "/pid").body == std::to_string(first.pid));
  }

  // And then a good one.
  void recovers() {
    resting.clear();
    program.restore();
    server.signal(first.pid, SIGUSR2);
    BOOST_TEST(eventually(patience, [&] { return server.latest().pid != first.pid; }), server.log());
    BOOST_TEST(server.wait(first.pid) == 0);
    BOOST_TEST(client.progresses(), client.words());
    BOOST_TEST(client.refused() == 0U, client.words());
    std::cout << client.answered() << " answered, " << client.cut() << " cut off with a dead process, the longest "
              << client.longest().count() << " ms\n";
    // At most what it had in hand when it died.
    BOOST_TEST(client.cut() <= bad_ones_);
    client.stop();
    BOOST_TEST(server.stop() == 0);
  }

  void becomes_fake(const std::string& point, const std::string& deed) const {
    program.replace_with_script("exec " FAKE_SUCCESSOR " " + point + " " + deed);
  }

  // The real program, which dies so long after it was started.
  void becomes_short_lived(const std::string& seconds) const {
    program.replace_with_script("(sleep " + seconds + "; kill -ABRT $$) & exec '" + demo_program() + "' \"$@\"");
  }

  const staged_program program;
  fault_injection faults;
  server_process server;
  const generation first;
  prober client;
  std::vector<std::unique_ptr<raw_client>> resting;

 private:
  [[nodiscard]] launch started() const {
    auto how = program.started({"--drain.idle", "transfer", "--upgrade.guard", "2s", "--upgrade.timeout",
                                sanitised ? "5s" : "1s", "--drain.linger", "200ms"});
    return faults_reach_scripts ? faults.into(std::move(how)) : how;
  }

  void kill_when_drained(std::size_t from) {
    static_cast<void>(eventually(patience, [&] { return taken_back(from) || server.logs("-> guarding", 0ms, from); }));
    for (const auto& each : proc::children(first.pid)) server.signal(each.pid, SIGKILL);
  }

  [[nodiscard]] bool taken_back(std::size_t from) const {
    return server.logs("keeps serving", 0ms, from) || server.logs("serves again", 0ms, from);
  }

  std::size_t bad_ones_ = 0;

  // Connections for the hand-over to move.
  void rest_some() {
    resting.clear();
    for (int i = 0; i < 100; ++i) {
      resting.push_back(std::make_unique<raw_client>(server.address()));
      BOOST_REQUIRE(resting.back()->get("/plaintext").status == 200);
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bad_versions, leak_check)

BOOST_AUTO_TEST_CASE(fifty_bad_versions_in_a_row_never_refuse_the_service) {
  patient one;
  const unsigned rounds = sanitised ? 1 : 5;
  for (unsigned i = 0; i < rounds; ++i) {
    BOOST_TEST_CONTEXT("round " << i) {
      one.program.replace_with_script("exit 3");
      one.survives_upgrade();
      one.program.replace_with_script("kill -ABRT $$");
      one.survives_upgrade();
      one.program.replace_with_script("exec sleep 300");
      one.survives_upgrade();
      one.becomes_short_lived("0.3");
      one.survives_upgrade();
      one.becomes_fake("ready", "die");
      one.survives_upgrade();
      one.becomes_fake("batch", "die");
      one.survives_upgrade();
      one.becomes_fake("adopted", "die");
      one.survives_upgrade();
      one.becomes_fake("drained", "exit");
      one.survives_upgrade();
      one.program.restore();
      if (!faults_reach_scripts) continue;
      // SIGKILL to the real one, behind the second batch of connections and before it is acknowledged.
      one.faults.arm(fault_call::channel_receive,
                     {.deed = fault_deed::kill, .pid = -one.first.pid, .message = 9, .after = true, .skip = 1});
      one.survives_upgrade();
      one.faults.arm(fault_call::channel_send,
                     {.deed = fault_deed::kill, .pid = -one.first.pid, .message = 10, .after = true, .skip = 0});
      one.survives_upgrade();
      one.faults.disarm_all();
    }
  }
  one.recovers();
}

BOOST_AUTO_TEST_CASE(a_successor_that_ends_at_any_point_of_the_hand_over_is_taken_back) {
  patient one;
  for (const auto* const deed : {"die", "exit", "close"}) {
    for (const auto* const point : {"started", "start", "ready", "batch", "adopted", "released", "drained"}) {
      BOOST_TEST_CONTEXT(deed << " at " << point) {
        one.becomes_fake(point, deed);
        one.survives_upgrade();
      }
    }
  }
  one.recovers();
}

// It is heard no more: a sign of life that does not come takes it back, too.
BOOST_AUTO_TEST_CASE(a_successor_that_is_stopped_before_it_is_ready_is_taken_back) {
  patient one;
  for (const auto* const deed : {"stop", "silence"}) {
    BOOST_TEST_CONTEXT(deed) {
      one.becomes_fake("start", deed);
      one.survives_upgrade();
    }
  }
  one.recovers();
}

BOOST_AUTO_TEST_CASE(a_successor_that_talks_nonsense_harms_nobody) {
  patient one;
  for (const auto* const deed : {"garbage", "lie"}) {
    for (const auto* const point : {"start", "ready", "batch", "adopted", "drained"}) {
      BOOST_TEST_CONTEXT(deed << " at " << point) {
        one.becomes_fake(point, deed);
        one.survives_upgrade(patient::end_of_the_new_one::by_hand);
      }
    }
  }
  one.recovers();
}

// Connections that the new process refuses stay where they are, and linger.
BOOST_AUTO_TEST_CASE(connections_that_the_new_process_refuses_are_answered_by_the_old_one) {
  patient one;
  one.becomes_fake("ready", "refuse");
  std::vector<std::unique_ptr<raw_client>> kept;
  for (int i = 0; i < 50; ++i) {
    kept.push_back(std::make_unique<raw_client>(one.server.address()));
    BOOST_REQUIRE(kept.back()->get("/plaintext").status == 200);
  }
  one.server.signal(SIGUSR2);
  BOOST_REQUIRE(one.server.logs("refuses connections"));
  for (const auto& each : kept) {
    const auto answer = each->get("/generation");
    BOOST_TEST(answer.body == "1");
    BOOST_TEST(answer.closes());
  }
  kept.clear();
  BOOST_REQUIRE(one.server.logs("draining -> guarding"));
  for (const auto& each : proc::children(one.first.pid)) one.server.signal(each.pid, SIGKILL);
  one.recovers();
}

BOOST_AUTO_TEST_SUITE_END()
