// The middleware in the box in a server with two workers: what it remembers is one for both.
#include <map>

#include <baton/middleware.hpp>

#include "unit/server/running_server.hpp"

namespace baton {
namespace {

using crowd = std::vector<std::unique_ptr<raw_client>>;

/// So many at once, dealt to both workers; each has sent its request.
crowd asking(const running_server& s, std::size_t count, std::string_view path) {
  crowd all;
  for (std::size_t i = 0; i != count; ++i) {
    all.push_back(std::make_unique<raw_client>(s.where()));
    all.back()->send(get_text(path));
  }
  return all;
}

std::map<int, int> answers_of(const crowd& clients) {
  std::map<int, int> found;
  for (const auto& each : clients) ++found[each->read().status];
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_middleware)

BOOST_AUTO_TEST_CASE(a_rate_is_one_for_all_workers_and_its_refusals_are_adorned) {
  router routes = hello();
  with::rate_limit_options how;
  how.requests = 5;
  how.per = std::chrono::hours{1};
  routes.use(with::security_headers()).use(with::recoverer()).use(with::rate_limit(how));
  running_server s{std::move(routes)};
  const std::map<int, int> found = answers_of(asking(s, 8, "/hello"));
  BOOST_TEST((found == std::map<int, int>{{200, 5}, {429, 3}}));
  const test::reply refused = test::get(s.where(), "/hello");
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.field("retry-after").has_value());
  BOOST_TEST(refused.field("x-content-type-options").value_or("") == "nosniff");
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_place_gets_it_from_whichever_worker_has_one) {
  door closed;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  router routes;
  with::concurrency_limit_options how;
  how.in_flight = 3;
  how.queue = 40;
  how.patience = std::chrono::hours{1};
  routes.use(with::concurrency_limit(how));
  routes.get("/", [&](request&) -> task<response> {
    const int now = ++inside;
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
    co_await closed.pass();
    --inside;
    co_return response::text("done");
  });
  running_server s{std::move(routes)};
  const crowd clients = asking(s, 40, "/");
  BOOST_TEST(closed.await(3));
  closed.open();
  BOOST_TEST((answers_of(clients) == std::map<int, int>{{200, 40}}));
  BOOST_TEST(most == 3);
}

BOOST_AUTO_TEST_CASE(a_handler_whose_time_is_over_is_a_503_and_its_connection_goes_on) {
  door closed;
  router routes = hello();
  routes.group("/slow", [&closed](router& slow) {
    slow.use(with::timeout(50ms));
    slow.get("", [&closed](request&) -> task<response> {
      co_await closed.pass();
      co_return response::text("late");
    });
  });
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  BOOST_TEST(client.get("/slow").status == 503);
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(a_preflight_needs_no_route) {
  router routes = hello();
  with::cors_options how;
  how.origins = {"https://app.example"};
  routes.use(with::cors(how));
  running_server s{std::move(routes)};
  raw_client client{s.where()};
  client.send(
      "OPTIONS /hello HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n"
      "Access-Control-Request-Method: PUT\r\n\r\n");
  const test::reply answer = client.read();
  BOOST_TEST(answer.status == 204);
  BOOST_TEST(answer.field("access-control-allow-origin").value_or("") == "https://app.example");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
