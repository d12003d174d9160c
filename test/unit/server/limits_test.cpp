// Limits and time-outs of an open server.
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "unit/server/running_server.hpp"

namespace baton {
namespace {

router echo() {
  router routes = hello();
  routes.post("/echo", [](request& req) { return response::text(std::string{req.body()}); });
  routes.post("/stream", [](request&, body_stream& body) -> task<response> {
    std::size_t size = 0;
    for (;;) {
      const std::string_view piece = co_await body.read();
      if (piece.empty()) break;
      size += piece.size();
    }
    co_return response::text(std::to_string(size));
  });
  return routes;
}

std::string chunked_post(std::string_view path, std::string_view chunks) {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string{chunks};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_limits)

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_413_and_one_at_it_is_served) {
  options settings = on_any_port();
  settings.limits.body = 10;
  running_server s{echo(), settings};
  for (const std::string path : {"/echo", "/stream"}) {
    BOOST_TEST_CONTEXT(path) {
      raw_client fits{s.where()};
      fits.send(test::post_request(path, "0123456789"));
      BOOST_TEST(fits.read().status == 200);
      raw_client announced{s.where()};
      announced.send(test::post_request(path, "0123456789X"));
      const test::reply refused = announced.read();
      BOOST_TEST(refused.status == 413);
      BOOST_TEST(refused.closes());
      raw_client chunks{s.where()};
      chunks.send(chunked_post(path, "5\r\n01234\r\n6\r\n56789X\r\n0\r\n\r\n"));
      BOOST_TEST(chunks.read().status == 413);
      BOOST_TEST((chunks.await_end() == test::ending::fin));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_slow_head_is_408_and_a_silent_connection_is_closed) {
  options settings = on_any_port();
  settings.timeouts.head = 200ms;
  running_server s{hello(), settings};
  raw_client slow{s.where()};
  slow.send("GET /hello HTTP/1.1\r\n");
  const test::reply answer = slow.read();
  BOOST_TEST(answer.status == 408);
  BOOST_TEST(answer.closes());
  raw_client silent{s.where()};
  BOOST_TEST((silent.await_end() == test::ending::fin));
  BOOST_TEST(silent.bytes_received() == 0U);
}

BOOST_AUTO_TEST_CASE(a_slow_body_is_408_collected_or_streamed) {
  options settings = on_any_port();
  settings.timeouts.body = 200ms;
  running_server s{echo(), settings};
  for (const std::string path : {"/echo", "/stream"}) {
    raw_client client{s.where()};
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    const test::reply answer = client.read();
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(answer.status == 408);
      BOOST_TEST(answer.closes());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_when_its_time_is_over) {
  options settings = on_any_port();
  settings.timeouts.idle = 200ms;
  running_server s{hello(), settings};
  raw_client client{s.where()};
  BOOST_TEST(!client.get("/hello").closes());
  BOOST_TEST((client.await_end() == test::ending::fin));
}

BOOST_AUTO_TEST_CASE(the_last_request_of_a_connection_is_told_so) {
  options settings = on_any_port();
  settings.limits.requests = 3;
  running_server s{hello(), settings};
  raw_client client{s.where()};
  client.send(get_text("/hello") + get_text("/hello") + get_text("/hello") + get_text("/hello"));
  for (int i = 1; i <= 3; ++i) BOOST_TEST(client.read().closes() == (i == 3));
  BOOST_TEST((client.await_end() == test::ending::fin));
  BOOST_TEST(client.nothing_unread());
}

BOOST_AUTO_TEST_CASE(connections_over_the_limit_are_answered_503) {
  options settings = on_any_port();
  settings.limits.connections = 2;
  running_server s{hello(), settings};
  raw_client first{s.where()};
  BOOST_TEST(first.get("/hello").status == 200);
  {
    const raw_client second{s.where()};
    raw_client third{s.where()};
    const test::reply refused = third.read();
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.field("retry-after").has_value());
    BOOST_TEST(refused.closes());
  }
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 1; }));
  BOOST_TEST(test::get(s.where(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(an_address_over_its_limit_is_answered_503_and_gets_its_place_back) {
  options settings = on_any_port();
  settings.limits.connections_per_address = 1;
  running_server s{hello(), settings};
  {
    raw_client first{s.where()};
    BOOST_TEST(first.get("/hello").status == 200);
    raw_client second{s.where()};
    BOOST_TEST(second.read().status == 503);
  }
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
  BOOST_TEST(test::get(s.where(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(many_connections_are_spread_over_the_workers) {
  std::mutex mutex;
  std::map<std::thread::id, int> by_thread;
  router routes;
  routes.get("/", [&](request&) {
    const std::lock_guard lock{mutex};
    ++by_thread[std::this_thread::get_id()];
    return response::text("");
  });
  running_server s{std::move(routes)};
  std::vector<raw_client> clients;
  constexpr int count = 60;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(s.where());
    BOOST_TEST(clients.back().get("/").status == 200);
  }
  const std::lock_guard lock{mutex};
  BOOST_TEST_REQUIRE(by_thread.size() == 2U);
  for (const auto& [thread, served] : by_thread) BOOST_TEST(served >= count / 3);
}

BOOST_AUTO_TEST_CASE(requests_in_fragments_of_any_size_are_answered) {
  running_server s{echo()};
  const std::string request = test::post_request("/echo", "hello") + chunked_post("/stream", "5\r\nhello\r\n0\r\n\r\n");
  for (const std::size_t size : {1, 2, 3, 7, 16, 50}) {
    raw_client client{s.where()};
    for (std::size_t at = 0; at < request.size(); at += size) client.send(std::string_view{request}.substr(at, size));
    BOOST_TEST(client.read().body == "hello");
    BOOST_TEST(client.read().body == "5");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
