// The states of a connection, in order and none left out, as the hook is told them.
#include "unit/server/running_server.hpp"

namespace baton {
namespace {

using st = connection_state;

router tunnels() {
  router routes = hello();
  routes.get("/echo", [](request&) {
    return response::upgrade("echo", [](upgraded_stream& stream) -> task<void> {
      for (;;) {
        const std::string_view bytes = co_await stream.read();
        if (bytes.empty()) co_return;
        co_await stream.write(bytes);
      }
    });
  });
  routes.get("/brief",
             [](request&) { return response::upgrade("echo", [](upgraded_stream&) -> task<void> { co_return; }); });
  return routes;
}

constexpr std::string_view upgrade_fields = "Connection: Upgrade\r\nUpgrade: echo\r\n";

// Everything until `size` bytes have come behind the last answer.
std::string await_rest(raw_client& client, std::size_t size) {
  BOOST_TEST(eventually(patience, [&] {
    client.poll_end();
    return client.parser().rest().size() >= size;
  }));
  return std::string{client.parser().rest()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_states)

BOOST_AUTO_TEST_CASE(keep_alive_goes_between_active_and_idle) {
  running_server s{hello()};
  {
    raw_client client{s.where()};
    BOOST_TEST(client.get("/hello").status == 200);
    BOOST_TEST(s.await({st::fresh, st::active, st::idle}));
    BOOST_TEST(client.get("/hello").status == 200);
    BOOST_TEST(s.await({st::fresh, st::active, st::idle, st::active, st::idle}));
  }
  BOOST_TEST(s.await({st::fresh, st::active, st::idle, st::active, st::idle, st::closed}));
}

BOOST_AUTO_TEST_CASE(connection_close_is_never_idle) {
  running_server s{hello()};
  raw_client client{s.where()};
  BOOST_TEST(client.get("/hello", "Connection: close\r\n").closes());
  BOOST_TEST((client.await_end() == test::ending::fin));
  BOOST_TEST(s.await({st::fresh, st::active, st::closed}));
}

BOOST_AUTO_TEST_CASE(a_bogus_request_is_active_and_closed) {
  running_server s{hello()};
  {
    raw_client client{s.where()};
    client.send("bogus\r\n\r\n");
    BOOST_TEST(client.read().status == 400);
    BOOST_TEST((client.await_end() == test::ending::fin));
  }
  BOOST_TEST(s.await({st::fresh, st::active, st::closed}));
}

BOOST_AUTO_TEST_CASE(a_silent_connection_is_fresh_and_closed) {
  running_server s{hello()};
  { const raw_client client{s.where()}; }
  BOOST_TEST(s.await({st::fresh, st::closed}));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_told_and_closed) {
  options settings = on_any_port();
  settings.limits.connections_per_address = 1;
  running_server s{hello(), settings};
  const raw_client first{s.where()};
  {
    raw_client second{s.where()};
    BOOST_TEST(second.read().status == 503);
    BOOST_TEST((second.await_end() == test::ending::fin));
  }
  BOOST_TEST(s.await({st::fresh, st::active, st::closed}, 2));
}

BOOST_AUTO_TEST_CASE(an_upgrade_ends_as_upgraded_and_closed) {
  running_server s{tunnels()};
  raw_client client{s.where()};
  client.send(get_text("/echo", upgrade_fields));
  const test::reply answer = client.read(patience, true);
  BOOST_TEST(answer.status == 101);
  BOOST_TEST(answer.field("upgrade").value_or("") == "echo");
  BOOST_TEST(s.await({st::fresh, st::active, st::upgraded}));
  client.half_close();
  BOOST_TEST((client.await_end() == test::ending::fin));
  BOOST_TEST(s.await({st::fresh, st::active, st::upgraded, st::closed}));
}

BOOST_AUTO_TEST_CASE(bytes_right_behind_the_upgrade_reach_the_tunnel_first) {
  running_server s{tunnels()};
  raw_client client{s.where()};
  const std::string early(3'000, 'e');
  client.send(get_text("/echo", upgrade_fields) + early);
  BOOST_TEST(client.read(patience, true).status == 101);
  BOOST_TEST((await_rest(client, early.size()) == early));
  const std::string late(100'000, 'l');
  client.send(late);
  BOOST_TEST((await_rest(client, early.size() + late.size()) == early + late));
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_ends_without_waiting_is_closed) {
  running_server s{tunnels()};
  raw_client client{s.where()};
  client.send(get_text("/brief", upgrade_fields));
  BOOST_TEST(client.read(patience, true).status == 101);
  BOOST_TEST((client.await_end() == test::ending::fin));
  BOOST_TEST(s.await({st::fresh, st::active, st::upgraded, st::closed}));
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(an_upgrade_nobody_asked_for_is_426_and_the_connection_goes_on) {
  running_server s{tunnels()};
  raw_client client{s.where()};
  BOOST_TEST(client.get("/echo").status == 426);
  BOOST_TEST(client.get("/echo", "Connection: Upgrade\r\nUpgrade: other\r\n").status == 426);
  BOOST_TEST(client.get("/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_a_tunnel_and_close_ends_it) {
  running_server s{tunnels()};
  raw_client client{s.where()};
  client.send(get_text("/echo", upgrade_fields));
  BOOST_TEST(client.read(patience, true).status == 101);
  BOOST_TEST(s.await_now(st::upgraded, 1));
  const drain_result result = s->shutdown(50ms);
  BOOST_TEST(result.left == 1U);
  client.send("still here");
  BOOST_TEST(await_rest(client, 10) == "still here");
  s->close();
  BOOST_TEST((client.await_end() != test::ending::open));
  BOOST_TEST(s.await({st::fresh, st::active, st::upgraded, st::closed}));
  BOOST_TEST(eventually(patience, [&] { return s->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_resets_in_a_tunnel_ends_it) {
  running_server s{tunnels()};
  {
    raw_client client{s.where()};
    client.send(get_text("/echo", upgrade_fields));
    BOOST_TEST(client.read(patience, true).status == 101);
    client.abort();
  }
  BOOST_TEST(s.await({st::fresh, st::active, st::upgraded, st::closed}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
