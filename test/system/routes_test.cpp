// Every route of the reference server but event streams, WebSockets and files.
#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/sample_bodies.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

BOOST_FIXTURE_TEST_SUITE(routes, leak_check)

BOOST_AUTO_TEST_CASE(the_root_answers) {
  server_process server;
  BOOST_TEST(get(server.address(), "/").status == 200);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(plaintext_is_hello_world_with_date_and_length) {
  server_process server;
  const auto answer = get(server.address(), "/plaintext");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "Hello, World!");
  BOOST_TEST(answer.field("content-type").value_or("").starts_with("text/plain"));
  BOOST_TEST(answer.field("content-length").value_or("") == "13");
  BOOST_TEST(answer.field("date").has_value());
  BOOST_TEST(answer.field("server").value_or("") == "Baton");
}

BOOST_AUTO_TEST_CASE(json_is_a_json_document) {
  server_process server;
  const auto answer = get(server.address(), "/json");
  BOOST_TEST(answer.body == R"({"message":"Hello, World!"})");
  BOOST_TEST(answer.field("content-type").value_or("") == "application/json");
}

BOOST_AUTO_TEST_CASE(pid_and_generation_are_bare_numbers) {
  server_process server;
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(server.pid()));
  BOOST_TEST(get(server.address(), "/generation").body == "1");
}

BOOST_AUTO_TEST_CASE(sleep_takes_its_time_without_a_thread) {
  server_process server{demo({"--threads", "1"})};
  raw_client sleeper{server.address()};
  const auto start = std::chrono::steady_clock::now();
  sleeper.send(get_request("/sleep?ms=300"));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(sleeper.nothing_unread());
  BOOST_TEST(sleeper.read().body == "slept 300");
  const auto took = std::chrono::steady_clock::now() - start;
  BOOST_TEST((took >= 300ms));
}

BOOST_AUTO_TEST_CASE(block_leaves_the_worker_free) {
  server_process server{demo({"--threads", "1"})};
  raw_client blocked{server.address()};
  blocked.send(get_request("/block?ms=300"));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(blocked.nothing_unread());
  BOOST_TEST(blocked.read().status == 200);
}

BOOST_AUTO_TEST_CASE(echo_returns_the_body_and_records_each_run) {
  const temporary_directory directory;
  auto how = demo();
  how.environment = {{"HOTCHECK_EXEC_LOG", directory / "runs"}};
  server_process server{how};
  raw_client client{server.address()};
  const std::string body{"a\0b\r\n\xff", 6};
  for (const std::string id : {"first", "second"}) {
    client.send(post_request("/echo", body, "X-Req-Id: " + id + "\r\n"));
    BOOST_TEST(client.read().body == body);
  }
  BOOST_TEST(directory.read("runs") == "first\nsecond\n");
}

BOOST_AUTO_TEST_CASE(echo_of_an_empty_body_is_empty) {
  server_process server;
  raw_client client{server.address()};
  client.send(post_request("/echo", ""));
  const auto answer = client.read();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "");
}

BOOST_AUTO_TEST_CASE(download_sends_the_pattern_in_full) {
  server_process server;
  raw_client client{server.address()};
  for (const std::size_t bytes : {0, 1, 64, 65, 100'000}) {
    const auto answer = client.get("/download?bytes=" + std::to_string(bytes) + "&chunk=1000&delay=0");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST((answer.body == download_pattern(bytes)), "wrong bytes in a download of " << bytes);
  }
}

BOOST_AUTO_TEST_CASE(download_pauses_between_its_pieces) {
  server_process server;
  const auto start = std::chrono::steady_clock::now();
  const auto answer = get(server.address(), "/download?bytes=400&chunk=100&delay=50");
  const auto took = std::chrono::steady_clock::now() - start;
  BOOST_TEST((answer.body == download_pattern(400)));
  BOOST_TEST((took >= 150ms));
}

BOOST_AUTO_TEST_CASE(a_path_parameter_is_typed) {
  server_process server;
  const auto answer = get(server.address(), "/users/42");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.find("42") != std::string::npos);
  BOOST_TEST(answer.field("content-type").value_or("") == "application/json");
}

BOOST_AUTO_TEST_CASE(a_path_parameter_that_is_no_number_is_a_problem_document) {
  server_process server;
  for (const auto* path : {"/users/x", "/users/42x", "/users/99999999999999999999999"}) {
    const auto answer = get(server.address(), path);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.field("content-type").value_or("") == "application/problem+json");
    BOOST_TEST(answer.body.find("\"status\":400") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_counter_counts) {
  server_process server;
  raw_client client{server.address()};
  const auto before = std::stoul(client.get("/counter").body);
  client.send(post_request("/counter", ""));
  BOOST_TEST(client.read().status == 200);
  BOOST_TEST(std::stoul(client.get("/counter").body) == before + 1);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_500_without_its_text) {
  server_process server;
  raw_client client{server.address()};
  const auto answer = client.get("/throw");
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.field("content-type").value_or("") == "application/problem+json");
  BOOST_TEST(answer.body.find("request_id") != std::string::npos);
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_404_and_a_wrong_method_405_with_allow) {
  server_process server;
  raw_client client{server.address()};
  BOOST_TEST(client.get("/no-such-path").status == 404);
  client.send(post_request("/plaintext", ""));
  const auto answer = client.read();
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer.field("allow").value_or("").find("GET") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(options_names_the_methods_of_a_path) {
  server_process server;
  raw_client client{server.address()};
  client.send("OPTIONS /counter HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = client.read();
  BOOST_TEST(answer.status / 100 == 2);
  const auto allow = answer.field("allow").value_or("");
  BOOST_TEST(allow.find("GET") != std::string_view::npos);
  BOOST_TEST(allow.find("POST") != std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()
