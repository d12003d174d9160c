// Asking workers for their connections, also workers that do not answer.
#include "server/connection_survey.hpp"

#include <atomic>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/test/unit_test.hpp>

#include "server/listeners.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"

using namespace baton;
using test::eventually;
using test::patience;
using test::raw_client;

namespace {

struct surveyed_server {
  explicit surveyed_server(unsigned threads) {
    settings.listen = {"127.0.0.1:0"};
    settings.threads = threads;
    routes.get("/hello", [](request&) { return response::text("hello"); });
    routes.get("/stuck", [this](request&) {
      ++stuck;
      while (!released) std::this_thread::yield();
      return response::text("at last");
    });
    core.emplace(settings, routes.release());
    core->prepare(std::move(open_listeners(settings, {}).configured));
    core->accept();
  }
  ~surveyed_server() { released = true; }
  surveyed_server(const surveyed_server&) = delete;
  surveyed_server& operator=(const surveyed_server&) = delete;

  [[nodiscard]] test::endpoint where() const { return test::endpoint::parse("http://" + core->addresses().front()); }

  connection_list survey(std::size_t limit = 1000) {
    std::optional<connection_list> found;
    const auto guard = boost::asio::make_work_guard(home);
    survey_connections(*core, home, back, limit, [&](const connection_list& list) {
      BOOST_TEST(!found.has_value());
      found = list;
      home.stop();
    });
    home.restart();
    home.run_for(patience);
    BOOST_REQUIRE(found.has_value());
    return *found;
  }

  options settings;
  router routes;
  std::atomic<int> stuck{0};
  std::atomic<bool> released{false};
  boost::asio::io_context home{1};
  std::shared_ptr<way_back> back = std::make_shared<way_back>(home);
  std::optional<server_core> core;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_survey_suite)

BOOST_AUTO_TEST_CASE(the_connections_of_all_workers_are_listed_in_the_order_of_acceptance) {
  surveyed_server server{3};
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 9; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.where()));
    BOOST_TEST(clients.back()->get("/hello").status == 200);
  }
  BOOST_TEST(eventually(patience, [&] { return server.core->counts().idle == 9; }));
  const auto all = server.survey();
  BOOST_TEST(!all.partial);
  BOOST_TEST(all.total == 9U);
  BOOST_REQUIRE(all.connections.size() == 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    BOOST_TEST(all.connections[i].info.id == i + 1);
    BOOST_TEST(all.connections[i].requests == 1U);
    BOOST_TEST((all.connections[i].state == connection_state::idle));
  }
}

BOOST_AUTO_TEST_CASE(a_limit_keeps_the_oldest) {
  surveyed_server server{2};
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.where()));
    BOOST_TEST(clients.back()->get("/hello").status == 200);
  }
  const auto some = server.survey(4);
  BOOST_REQUIRE(some.connections.size() == 4U);
  BOOST_TEST(some.connections.back().info.id == 4U);
  BOOST_TEST(some.total == 6U);
  BOOST_TEST(!some.partial);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_blocked_makes_the_list_partial) {
  surveyed_server server{1};
  raw_client blocking{server.where()};
  blocking.send(test::get_request("/stuck"));
  BOOST_REQUIRE(eventually(patience, [&] { return server.stuck == 1; }));
  const auto list = server.survey();
  BOOST_TEST(list.partial);
  BOOST_TEST(list.connections.empty());
  BOOST_TEST(list.total == 1U);
  server.released = true;
  BOOST_TEST(blocking.read().body == "at last");
  BOOST_TEST(!server.survey().partial);
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_when_nobody_is_there_any_more_is_lost) {
  surveyed_server server{1};
  raw_client blocking{server.where()};
  blocking.send(test::get_request("/stuck"));
  BOOST_REQUIRE(eventually(patience, [&] { return server.stuck == 1; }));
  bool told = false;
  {
    boost::asio::io_context short_lived{1};
    auto back = std::make_shared<way_back>(short_lived);
    survey_connections(*server.core, short_lived, back, 10, [&](const connection_list&) { told = true; });
    back->close();
  }
  server.released = true;
  BOOST_TEST(blocking.read().body == "at last");
  BOOST_TEST(blocking.get("/hello").status == 200);
  BOOST_TEST(!told);
}

BOOST_AUTO_TEST_SUITE_END()
