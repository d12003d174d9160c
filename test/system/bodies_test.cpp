// Request bodies: large, slow, chunked, announced and never read.
#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/sample_bodies.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

constexpr std::string_view chunked_post =
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bodies, leak_check)

BOOST_AUTO_TEST_CASE(a_chunked_mebibyte_comes_back_byte_for_byte) {
  server_process server;
  raw_client client{server.address()};
  const auto body = varied(1024 * 1024);
  client.send(std::string{chunked_post} + chunked(body));
  BOOST_TEST((client.read().body == body));
  BOOST_TEST(client.get("/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_by_length_comes_back_byte_for_byte) {
  server_process server;
  raw_client client{server.address()};
  for (const std::size_t size : {1, 4095, 4096, 16'384, 16'385, 1'000'000}) {
    const auto body = varied(size);
    client.send(post_request("/echo", body));
    BOOST_TEST((client.read().body == body), "a body of " << size << " came back changed");
  }
}

BOOST_AUTO_TEST_CASE(fifty_mebibytes_stream_through_little_memory) {
  server_process server{demo({"--limits.body", "0"})};
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  const auto before = proc::peak_resident_kib(server.pid());
  const auto body = varied(50 * 1024 * 1024);
  raw_client client{server.address()};
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  client.send(body, 60s);
  BOOST_TEST((client.read(60s).body == body));
  if (!sanitised) BOOST_TEST(proc::peak_resident_kib(server.pid()) < before + 8 * 1024);
}

BOOST_AUTO_TEST_CASE(a_body_may_take_its_time) {
  server_process server;
  raw_client client{server.address()};
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    client.send(std::string(1, static_cast<char>('a' + i)));
    client.await_end(10ms);
  }
  BOOST_TEST(client.read().body == "abcdefghijklmnopqrst");
}

BOOST_AUTO_TEST_CASE(continue_is_sent_to_a_client_that_waits_for_it) {
  server_process server;
  raw_client client{server.address()};
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.read_interim().status == 100);
  client.send("hello");
  BOOST_TEST(client.read().body == "hello");
  BOOST_TEST(client.interims() == 1);
}

BOOST_AUTO_TEST_CASE(no_continue_precedes_a_refusal) {
  server_process server{demo({"--limits.body", "1000"})};
  raw_client client{server.address()};
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.read().status == 413);
  BOOST_TEST(client.interims() == 0);
}

BOOST_AUTO_TEST_CASE(an_early_answer_is_readable_though_the_body_was_not_read) {
  server_process server;
  const auto body = varied(5 * 1024 * 1024);
  for (int i = 0; i < 5; ++i) {
    raw_client client{server.address()};
    // The client sends on without looking; whatever became of that, the answer must be there.
    static_cast<void>(client.try_send(post_request("/users/x", body)));
    const auto answer = client.read();
    BOOST_TEST(answer.status / 100 == 4);
    BOOST_TEST(!answer.cut);
  }
}

BOOST_AUTO_TEST_CASE(a_413_is_readable_though_the_body_was_not_read) {
  server_process server{demo({"--limits.body", "1000"})};
  const auto body = varied(5 * 1024 * 1024);
  raw_client client{server.address()};
  static_cast<void>(client.try_send(post_request("/echo", body)));
  BOOST_TEST(client.read().status == 413);
}

BOOST_AUTO_TEST_CASE(an_upload_given_up_leaves_nothing_behind) {
  server_process server;
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  std::vector<std::string> before;
  BOOST_TEST(eventually(patience, [&] {
    before = proc::descriptors(server.pid());
    return std::find(before.begin(), before.end(), "socket tcp") == before.end();
  }));
  for (const auto* path : {"/echo", "/counter"}) {
    raw_client reset{server.address()};
    reset.send("POST " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhello");
    reset.abort();
    raw_client closed{server.address()};
    closed.send("POST " + std::string{path} +
                " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  }
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()) == before; }));
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_sent_fin_still_gets_its_answers) {
  server_process server;
  raw_client client{server.address()};
  client.send(get_request("/sleep?ms=100") + post_request("/echo", "hello"));
  client.half_close();
  BOOST_TEST(client.read().body == "slept 100");
  BOOST_TEST(client.read().body == "hello");
  BOOST_TEST((client.await_end() == ending::fin));
}

BOOST_AUTO_TEST_CASE(a_download_given_up_leaves_nothing_behind) {
  server_process server;
  const auto before = proc::descriptors(server.pid());
  for (int i = 0; i < 3; ++i) {
    raw_client client{server.address()};
    client.send(get_request("/download?bytes=10000000&chunk=1000&delay=1"));
    BOOST_TEST(client.await_bytes());
    client.abort();
  }
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()) == before; }));
}

BOOST_AUTO_TEST_SUITE_END()
