// Large, streamed and bodiless answers, and clients that read them slowly, partly or not at all.
#include <optional>
#include <string>

#include <sys/socket.h>

#include "unit/server/running_server.hpp"

namespace baton {
namespace {

constexpr std::size_t large = 10 * 1024 * 1024;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 31 % 26 + i / 4096 % 3);
  return text;
}

response::producer pieces(std::size_t size, std::size_t piece) {
  return [=](body_writer& out) -> task<void> {
    const std::string text = pattern(size);
    for (std::size_t at = 0; at < size; at += piece) co_await out.write(std::string_view{text}.substr(at, piece));
  };
}

router answers() {
  router routes = hello();
  routes.get("/string", [](request&) { return response::text(pattern(large)); });
  routes.get("/chunks", [](request&) { return response::stream("text/plain", pieces(large, 7'001)); });
  routes.get("/length", [](request&) { return response::stream("text/plain", pieces(large, 100'000), large); });
  routes.get("/small", [](request&) { return response::stream("text/plain", pieces(100, 7)); });
  routes.get("/flushed", [](request&) {
    return response::stream("text/plain", [](body_writer& out) -> task<void> {
      co_await out.write("one,");
      co_await out.flush();
      co_await out.flush();
      co_await out.write("two");
    });
  });
  routes.get("/nothing",
             [](request&) { return response::stream("text/plain", [](body_writer&) -> task<void> { co_return; }); });
  routes.get("/short", [](request&) { return response::stream("text/plain", pieces(5, 5), 10); });
  routes.get("/long", [](request&) { return response::stream("text/plain", pieces(50'000, 1'000), 20'000); });
  routes.get("/unchanged", [](request&) {
    response answer = response::stream("text/plain", pieces(5, 5), 5);
    answer.status(status::not_modified);
    return answer;
  });
  return routes;
}

// Reads an answer in small sips, so that the server meets a full socket again and again.
test::reply sip(const test::endpoint& where, std::string_view path) {
  raw_client client{where};
  const int small = 64 * 1024;
  ::setsockopt(client.native(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client.send(get_text(path));
  return client.read();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_answers)

BOOST_AUTO_TEST_CASE(large_answers_arrive_byte_for_byte_at_a_slow_reader) {
  running_server s{answers()};
  const std::string wanted = pattern(large);
  for (const char* path : {"/string", "/chunks", "/length"}) {
    BOOST_TEST_CONTEXT(path) {
      const test::reply answer = sip(s.where(), path);
      BOOST_TEST(answer.status == 200);
      BOOST_TEST((answer.body == wanted));
    }
  }
}

BOOST_AUTO_TEST_CASE(large_answers_may_be_pipelined) {
  running_server s{answers()};
  raw_client client{s.where()};
  const std::string wanted = pattern(large);
  client.send(get_text("/string") + get_text("/hello") + get_text("/chunks") + get_text("/hello"));
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST((client.read().body == wanted));
    BOOST_TEST(client.read().body == "hello");
  }
}

BOOST_AUTO_TEST_CASE(a_small_stream_has_a_length_and_a_flushed_one_is_chunked) {
  running_server s{answers()};
  raw_client client{s.where()};
  const test::reply small = client.get("/small");
  BOOST_TEST(small.field("content-length").value_or("") == "100");
  BOOST_TEST(small.body == pattern(100));
  const test::reply flushed = client.get("/flushed");
  BOOST_TEST(flushed.field("transfer-encoding").value_or("") == "chunked");
  BOOST_TEST(flushed.body == "one,two");
  BOOST_TEST(client.get("/nothing").body == "");
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(head_sends_the_head_of_a_stream_alone) {
  running_server s{answers()};
  raw_client client{s.where()};
  for (const char* path : {"/chunks", "/length", "/small", "/nothing", "/string"}) {
    BOOST_TEST_CONTEXT(path) {
      client.send("HEAD " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n");
      const test::reply answer = client.read(patience, true);
      BOOST_TEST(answer.status == 200);
      BOOST_TEST(answer.body == "");
    }
  }
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(a_304_sends_no_body_however_it_is_made) {
  running_server s{answers()};
  raw_client client{s.where()};
  BOOST_TEST(client.get("/unchanged").status == 304);
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(a_stream_to_an_old_client_ends_with_the_close) {
  running_server s{answers()};
  raw_client client{s.where()};
  client.send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const test::reply answer = client.read();
  BOOST_TEST(!answer.field("transfer-encoding").has_value());
  BOOST_TEST(!answer.field("content-length").has_value());
  BOOST_TEST((answer.body == pattern(large)));
  BOOST_TEST((client.await_end() == test::ending::fin));
}

// RFC 9112 section 6.1: no Transfer-Encoding to a client that did not say HTTP/1.1.
BOOST_AUTO_TEST_CASE(head_of_a_stream_from_an_old_client_names_no_coding) {
  running_server s{answers()};
  raw_client client{s.where()};
  client.send("HEAD /chunks HTTP/1.0\r\n\r\n");
  const test::reply answer = client.read(patience, true);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(!answer.field("transfer-encoding").has_value());
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_as_long_as_announced_never_looks_whole) {
  running_server s{answers()};
  BOOST_TEST(test::get(s.where(), "/short").status == 500);  // nothing had left yet
  raw_client client{s.where()};
  client.send(get_text("/long"));
  client.await_end();
  const std::optional<test::reply> cut = client.parser().next();
  BOOST_TEST((!cut || cut->cut || cut->status == 500));
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_during_a_stream_ends_it) {
  std::atomic<bool> ended{false};
  router routes = hello();
  routes.get("/endless", [&](request&) {
    return response::stream("text/plain", [&](body_writer& out) -> task<void> {
      try {
        const std::string piece(10'000, 'x');
        for (;;) co_await out.write(piece);
      } catch (...) {
        ended = true;
        throw;
      }
    });
  });
  running_server s{std::move(routes)};
  {
    raw_client client{s.where()};
    client.send(get_text("/endless"));
    BOOST_TEST(client.await_bytes());
  }
  BOOST_TEST(eventually(patience, [&] { return ended.load(); }));
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
  BOOST_TEST(test::get(s.where(), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_stuck_is_cut_off_by_the_write_time_out) {
  options settings = on_any_port();
  settings.timeouts.write = 300ms;
  for (const char* path : {"/string", "/chunks"}) {
    running_server s{answers(), settings};
    raw_client client{s.where()};
    client.send(get_text(path));
    BOOST_TEST(client.await_bytes());
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
