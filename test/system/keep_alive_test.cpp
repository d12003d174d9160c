// Many requests on one connection: in order, in one write, and for as long as both sides want it.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

BOOST_FIXTURE_TEST_SUITE(keep_alive, leak_check)

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  server_process server;
  raw_client client{server.address()};
  std::string batch;
  for (int i = 1; i <= 40; ++i) {
    batch +=
        i % 4 == 0 ? get_request("/sleep?ms=" + std::to_string(50 - i)) : get_request("/users/" + std::to_string(i));
  }
  client.send(batch);
  for (int i = 1; i <= 40; ++i) {
    const auto answer = client.read();
    BOOST_TEST(answer.status == 200);
    const auto number = std::to_string(i % 4 == 0 ? 50 - i : i);
    BOOST_TEST(answer.body.find(number) != std::string::npos, "answer " << i << " is " << answer.body);
  }
  BOOST_TEST(client.nothing_unread());
}

BOOST_AUTO_TEST_CASE(pipelined_answers_leave_in_one_write) {
  server_process server;
  raw_client client{server.address()};
  BOOST_TEST(client.get("/plaintext").status == 200);
  const auto before = client.reads();
  std::string batch;
  for (int i = 0; i < 16; ++i) batch += get_request("/plaintext");
  client.send(batch);
  for (int i = 0; i < 16; ++i) BOOST_TEST(client.read().body == "Hello, World!");
  BOOST_TEST(client.reads() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_pipeline_longer_than_any_buffer_is_answered_in_full) {
  server_process server;
  raw_client client{server.address()};
  constexpr int count = 20'000;
  std::string batch;
  for (int i = 0; i < count; ++i) batch += get_request("/plaintext");
  client.send(batch);
  int right = 0;
  for (int i = 0; i < count; ++i) right += client.read().body == "Hello, World!" ? 1 : 0;
  BOOST_TEST(right == count);
}

BOOST_AUTO_TEST_CASE(posts_and_gets_mix_in_a_pipeline) {
  server_process server;
  raw_client client{server.address()};
  client.send(post_request("/echo", "one") + get_request("/plaintext") + post_request("/echo", "two") +
              "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n" +
              get_request("/generation"));
  for (const auto* body : {"one", "Hello, World!", "two", "three", "1"}) BOOST_TEST(client.read().body == body);
}

BOOST_AUTO_TEST_CASE(requests_after_one_that_says_close_are_not_answered) {
  server_process server;
  raw_client client{server.address()};
  client.send(get_request("/plaintext", "Connection: close\r\n") + get_request("/plaintext"));
  BOOST_TEST(client.read().closes());
  BOOST_TEST((client.await_end() == ending::fin));
  BOOST_TEST(client.nothing_unread());
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_it_asks_to_stay) {
  server_process server;
  raw_client closing{server.address()};
  closing.send("GET /plaintext HTTP/1.0\r\n\r\n");
  BOOST_TEST(closing.read().body == "Hello, World!");
  BOOST_TEST((closing.await_end() == ending::fin));

  raw_client staying{server.address()};
  for (int i = 0; i < 3; ++i) {
    staying.send("GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = staying.read();
    BOOST_TEST(answer.body == "Hello, World!");
    BOOST_TEST(answer.field("connection").value_or("") == "keep-alive");
  }
}

BOOST_AUTO_TEST_CASE(a_stream_without_length_to_http_1_0_ends_with_the_connection) {
  server_process server;
  raw_client client{server.address()};
  client.send("GET /download?bytes=1000&chunk=100&delay=0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto answer = client.read();
  BOOST_TEST(!answer.field("transfer-encoding").has_value());
  BOOST_TEST(answer.body.size() == 1000);
}

BOOST_AUTO_TEST_CASE(head_has_the_length_but_no_body) {
  server_process server;
  raw_client client{server.address()};
  client.send("HEAD /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n" + get_request("/generation"));
  const auto head = client.read(patience, true);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.field("content-length").value_or("") == "13");
  BOOST_TEST(client.read().body == "1");
}

BOOST_AUTO_TEST_CASE(head_of_a_stream_sends_no_body) {
  server_process server;
  raw_client client{server.address()};
  client.send("HEAD /download?bytes=1000&chunk=100&delay=0 HTTP/1.1\r\nHost: localhost\r\n\r\n" +
              get_request("/generation"));
  BOOST_TEST(client.read(patience, true).status == 200);
  BOOST_TEST(client.read().body == "1");
}

BOOST_AUTO_TEST_CASE(a_warm_connection_costs_nothing_more) {
  server_process server;
  raw_client client{server.address()};
  const auto round = [&] {
    for (int i = 0; i < 2000; ++i) {
      if (client.get("/plaintext").body != "Hello, World!") return false;
    }
    return true;
  };
  BOOST_TEST(round());
  const auto descriptors = proc::descriptors(server.pid());
  const auto memory = proc::resident_kib(server.pid());
  BOOST_TEST(round());
  BOOST_TEST(proc::descriptors(server.pid()) == descriptors, boost::test_tools::per_element());
  if (!sanitised) BOOST_TEST(proc::resident_kib(server.pid()) <= memory + 512);
}

BOOST_AUTO_TEST_CASE(many_connections_are_served_side_by_side) {
  server_process server;
  const auto before = proc::descriptors(server.pid());
  {
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<raw_client>(server.address()));
    for (int round = 0; round < 3; ++round) {
      for (auto& each : clients) each->send(get_request("/sleep?ms=20"));
      const auto right =
          std::count_if(clients.begin(), clients.end(), [](auto& c) { return c->read().body == "slept 20"; });
      BOOST_TEST(right == 300);
    }
  }
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()) == before; }));
}

BOOST_AUTO_TEST_SUITE_END()
