// What the example programs answer.
#include <memory>
#include <optional>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <baton/test_client.hpp>

#include "demo/routes.hpp"

namespace {

struct demo_client {
  demo_client() {
    baton::router routes;
    demo::identity who;
    who.version = std::make_shared<const demo::shared_text>("1.2");
    who.generation = 7;
    demo::add_basic_routes(routes, std::move(who), counter);
    client.emplace(std::move(routes));
  }
  baton::carried_counter counter;
  std::optional<baton::test_client> client;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(demo_routes, demo_client)

BOOST_AUTO_TEST_CASE(it_tells_who_it_is) {
  BOOST_TEST(client->get("/generation").body == "7");
  BOOST_TEST(client->get("/version").body == "1.2");
  BOOST_TEST(client->get("/plaintext").body == "Hello, World!");
  BOOST_TEST(client->get("/json").field("Content-Type").value() == "application/json");
}

BOOST_AUTO_TEST_CASE(a_user_has_a_number) {
  BOOST_TEST(client->get("/users/42").body == R"({"id":42})");
  const baton::test_reply refused = client->get("/users/ann");
  BOOST_TEST(refused.status == 400U);
  BOOST_TEST(refused.field("Content-Type").value() == "application/problem+json");
}

BOOST_AUTO_TEST_CASE(it_sleeps_by_the_clock_of_the_test) {
  const auto before = client->now();
  BOOST_TEST(client->get("/sleep?ms=3600000").body == "slept 3600000");
  BOOST_TEST((client->now() - before == std::chrono::hours{1}));
}

BOOST_AUTO_TEST_CASE(it_counts) {
  BOOST_TEST(client->post("/counter", "text/plain", "").body == "1");
  BOOST_TEST(client->get("/counter").body == "1");
}

BOOST_AUTO_TEST_CASE(what_its_handler_throws_stays_in_the_log) {
  const baton::test_reply failed = client->get("/throw");
  BOOST_TEST(failed.status == 500U);
  BOOST_TEST(failed.body.find("stays in the log") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
