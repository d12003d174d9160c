// Where one message ends and the next begins: interim answers, upgrades, empty lines, and the last bytes.
#include "unit/server/running_server.hpp"

namespace baton {
namespace {

using st = connection_state;

// The answer begins before the body is read; `read` says whether it is read at all.
router duplex(bool read) {
  router routes = hello();
  routes.post("/duplex", [read](request&, body_stream& body) -> task<response> {
    co_return response::stream("text/plain", [&body, read](body_writer& out) -> task<void> {
      co_await out.write("early ");
      co_await out.flush();
      while (read) {
        const std::string_view piece = co_await body.read();
        if (piece.empty()) break;
        co_await out.write(piece);
      }
    });
  });
  return routes;
}

constexpr std::string_view expectant =
    "POST /duplex HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";

// What a handler may not answer with, in every form of handler.
router interim_answers() {
  router routes = hello();
  const auto processing = [](request&) { return response{static_cast<status>(102)}; };
  routes.get("/plain", processing);
  routes.get("/blocking", blocking(processing));
  routes.get("/coroutine", [processing](request& req) -> task<response> { co_return processing(req); });
  routes.get("/stream", [](request&) {
    response answer = response::stream("text/plain", [](body_writer& out) -> task<void> { co_await out.write("x"); });
    answer.status(static_cast<status>(102));
    return answer;
  });
  return routes;
}

router tunnel_that_writes(std::size_t size, door* before) {
  router routes;
  routes.get("/foo", [size, before](request&) {
    return response::upgrade("foo", [size, before](upgraded_stream& stream) -> task<void> {
      if (before != nullptr) co_await before->pass();
      co_await stream.write(std::string(size, 'z'));
    });
  });
  return routes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_protocol_edges)

BOOST_AUTO_TEST_CASE(no_100_continue_comes_once_the_answer_has_begun) {
  running_server s{duplex(true)};
  raw_client client{s.where()};
  client.send(expectant);
  BOOST_TEST(eventually(patience, [&] {
    client.poll_end();
    return client.parser().rest().find("early ") != std::string_view::npos;
  }));
  client.send("late");
  const test::reply answer = client.read();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "early late");
  BOOST_TEST(client.interims() == 0U);
  BOOST_TEST(client.parser().faults().empty());
}

BOOST_AUTO_TEST_CASE(a_connection_whose_body_was_held_back_closes_behind_the_answer) {
  running_server s{duplex(false)};
  raw_client client{s.where()};
  client.send(expectant);
  const test::reply answer = client.read();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "early ");
  BOOST_TEST(client.interims() == 0U);
  BOOST_TEST((client.await_end() == test::ending::fin));
}

BOOST_AUTO_TEST_CASE(an_interim_status_from_a_handler_is_a_500) {
  running_server s{interim_answers()};
  raw_client client{s.where()};
  for (const char* path : {"/plain", "/blocking", "/coroutine", "/stream"}) {
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(client.get(path).status == 500);
    }
  }
  BOOST_TEST(client.interims() == 0U);
  BOOST_TEST(client.get("/hello").body == "hello");
}

BOOST_AUTO_TEST_CASE(an_upgrade_is_agreed_to_wherever_the_client_offers_it) {
  running_server s{tunnel_that_writes(1, nullptr)};
  for (const std::string offer :
       {"Upgrade: foo\r\n", "Upgrade: bar, foo\r\n", "Upgrade: bar\r\nUpgrade: foo\r\n", "Upgrade: ,bar , FOO,\r\n"}) {
    raw_client client{s.where()};
    client.send(get_text("/foo", "Connection: upgrade\r\n" + offer));
    const test::reply answer = client.read(patience, true);
    BOOST_TEST_CONTEXT(offer) {
      BOOST_TEST(answer.status == 101);
      BOOST_TEST(answer.field("upgrade").value_or("") == "foo");
    }
  }
  raw_client client{s.where()};
  BOOST_TEST(client.get("/foo", "Connection: upgrade\r\nUpgrade: bar, food\r\n").status == 426);
}

// Closing a socket that holds unread input resets it, and the client may lose what it has not read yet.
BOOST_AUTO_TEST_CASE(the_end_of_a_tunnel_takes_no_bytes_back_although_input_is_unread) {
  constexpr std::size_t size = 300'000;
  door d;
  running_server s{tunnel_that_writes(size, &d)};
  raw_client client{s.where()};
  client.send(get_text("/foo", "Connection: upgrade\r\nUpgrade: foo\r\n"));
  BOOST_TEST(client.read(patience, true).status == 101);
  BOOST_TEST(d.await(1));
  client.send(std::string(20'000, 'u'));
  d.open();
  BOOST_TEST((client.await_end() == test::ending::fin));
  BOOST_TEST((client.parser().rest() == std::string(size, 'z')));
}

// One worker: the half head of the other client comes later and is late earlier than an empty line could be.
BOOST_AUTO_TEST_CASE(an_empty_line_behind_a_body_leaves_the_connection_idle) {
  router routes = hello();
  routes.post("/echo", [](request& req) { return response::text(std::string{req.body()}); });
  options settings = on_any_port();
  settings.threads = 1;
  settings.timeouts.head = 300ms;
  running_server s{std::move(routes), settings};
  raw_client together{s.where()};
  together.send(test::post_request("/echo", "body") + "\r\n");
  BOOST_TEST(together.read().body == "body");
  raw_client apart{s.where()};
  apart.send(test::post_request("/echo", "body"));
  BOOST_TEST(apart.read().body == "body");
  BOOST_TEST(s.await({st::fresh, st::active, st::idle}, 2));
  apart.send("\r\n\r\n\r");
  apart.send("\n");
  raw_client half{s.where()};
  half.send("GET /hello HT");
  BOOST_TEST(half.read().status == 408);
  std::uint64_t id = 1;
  for (raw_client* const client : {&together, &apart}) {
    BOOST_TEST((client->poll_end() == test::ending::open));
    BOOST_TEST(client->nothing_unread());
    BOOST_TEST((s.seen(id++) == running_server::states{st::fresh, st::active, st::idle}));
    BOOST_TEST(client->get("/hello").body == "hello");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
