// Tasks and timers that belong to no request, and what a drain makes of them.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <baton/background.hpp>

#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours long_time{1};

struct fixture {
  options settings;
  std::vector<std::string> seen;
  bool empty = false;

  background_job note(std::string text) {
    return [this, text = std::move(text)] { seen.push_back(text); };
  }
  void drain(hand_run_worker& worker) {
    worker.context.drain(fsm::drain_manner::close_idle, [this] { empty = true; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(background_work, fixture)

BOOST_AUTO_TEST_CASE(a_task_begins_in_a_turn_of_its_own_and_outlives_its_request) {
  router routes;
  routes.get("/", [this](request& req) {
    background(req, [this, path = std::string{req.path()}]() -> task<void> {
      co_await sleep_for(milliseconds{20});
      seen.push_back("task of " + path);
    });
    seen.emplace_back("handler");
    return response::text(literal{"done"});
  });
  hand_run_worker worker{settings, std::move(routes)};
  {
    pair_client client = worker.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(worker.run_until([&] {
      client.take();
      return client.ended();
    }));
  }
  BOOST_TEST(worker.run_until([&] { return seen.size() == 2; }));
  BOOST_TEST(seen == (std::vector<std::string>{"handler", "task of /"}), boost::test_tools::per_element());
  BOOST_TEST(worker.context.background().count() == 0);
}

BOOST_AUTO_TEST_CASE(a_blocking_handler_starts_a_task_from_its_own_thread) {
  router routes;
  routes.get("/", blocking([this](request& req) {
               background(req, note("task"));
               return response::text(literal{"done"});
             }));
  hand_run_worker worker{settings, std::move(routes)};
  pair_client client = worker.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(worker.run_until([&] { return seen.size() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_a_task_and_a_close_cancels_it) {
  hand_run_worker worker{settings, router{}};
  bool cancelled = false;
  const background_job patient = [&]() -> task<void> {
    try {
      co_await sleep_for(long_time);
    } catch (...) {
      cancelled = true;
      throw;
    }
  };
  worker.context.background().run(patient, {});
  drain(worker);
  static_cast<void>(worker.run_for(milliseconds{0}));
  BOOST_TEST(!empty);
  worker.context.close_all();
  BOOST_TEST(worker.run_until([&] { return empty; }));
  BOOST_TEST(cancelled);
  worker.context.background().run(patient, {});  // what comes after the close is cancelled too
  BOOST_TEST(worker.run_until([&] { return worker.context.background().count() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_task_that_throws_ends_alone) {
  hand_run_worker worker{settings, router{}};
  background_tasks& tasks = worker.context.background();
  tasks.run([] { throw std::runtime_error{"no"}; }, {});
  tasks.run([]() -> task<void> { throw 42; }, {});
  tasks.run(note("lives"), {});
  BOOST_TEST(worker.run_until([&] { return tasks.count() == 0; }));
  BOOST_TEST(seen.size() == 1);
}

BOOST_AUTO_TEST_CASE(one_task_more_than_the_limit_is_refused_with_503) {
  router routes;
  routes.get("/", [this](request& req) {
    background(req, note("task"));
    return response::text(literal{"done"});
  });
  hand_run_worker worker{settings, std::move(routes)};
  for (std::size_t i = 0; i < background_tasks::limit; ++i) {
    worker.context.background().run([]() -> task<void> { co_await sleep_for(long_time); }, {});
  }
  pair_client client = worker.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(worker.run_until([&] {
    client.take();
    return count_of(client.received, "HTTP/1.1 503 ") == 1;
  }));
  BOOST_TEST(count_of(client.received, "Retry-After: 1") == 1);
}

BOOST_AUTO_TEST_CASE(a_timer_runs_again_and_again_but_never_twice_at_once) {
  hand_run_worker worker{settings, router{}};
  int running = 0;
  int most = 0;
  int runs = 0;
  worker.context.background().every(milliseconds{1}, [&]() -> task<void> {
    most = std::max(most, ++running);
    co_await sleep_for(milliseconds{5});
    --running;
    if (++runs == 2) throw std::runtime_error{"a failure does not end the timer"};
  });
  BOOST_TEST(worker.run_until([&] { return runs >= 4; }));
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(timers_stop_when_a_drain_begins_and_go_on_when_it_is_called_off) {
  hand_run_worker worker{settings, router{}};
  int runs = 0;
  worker.context.background().every(milliseconds{1}, [&] { ++runs; });
  BOOST_TEST(worker.run_until([&] { return runs >= 2; }));
  drain(worker);
  BOOST_TEST(worker.run_until([&] { return empty; }));
  const int before = runs;
  const auto end = std::chrono::steady_clock::now() + milliseconds{30};
  BOOST_TEST(worker.run_until([&] { return std::chrono::steady_clock::now() >= end; }));
  BOOST_TEST(runs == before);
  worker.context.undrain();
  BOOST_TEST(worker.run_until([&] { return runs > before; }));
}

BOOST_AUTO_TEST_CASE(what_has_not_ended_goes_with_its_worker) {
  hand_run_worker worker{settings, router{}};
  worker.context.background().every(milliseconds{1}, note("tick"));
  worker.context.background().run([]() -> task<void> { co_await sleep_for(long_time); }, {});
  BOOST_TEST(worker.run_until([&] { return !seen.empty(); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
