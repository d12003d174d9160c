// Upgrades and what does not end by itself: WebSockets get 1001, event streams end cleanly, and neither holds the old
// process up.
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/websocket_frames.hpp"

using namespace baton::test;

namespace {

// Nothing but the clients' own coming to an end may end the drain.
server_process started(std::vector<std::string> further = {}) {
  std::vector<std::string> flags{"--drain.idle", "transfer", "--drain.timeout", "1h"};
  flags.insert(flags.end(), further.begin(), further.end());
  return server_process{demo(std::move(flags))};
}

class websocket_client {
 public:
  explicit websocket_client(const endpoint& where) : client_{where} {
    client_.send(ws::opening("/ws"));
    BOOST_REQUIRE(eventually(patience, [&] { return !received().empty() && received().starts_with("HTTP/1.1 101 "); }));
  }
  void send(std::string_view frames) { client_.send(frames); }
  // All frames so far, as ws::describe tells them.
  bool await(std::string_view described) {
    return eventually(patience, [&] {
      const std::string_view all = received();
      return ws::describe(all.substr(all.find("\r\n\r\n") + 4)) == described;
    });
  }
  ending await_end() { return client_.await_end(); }

 private:
  // Head and frames; the parser of answers is left out of it.
  std::string_view received() {
    client_.poll_end();
    const std::string_view all = client_.parser().rest();
    return all.find("\r\n\r\n") == std::string_view::npos ? std::string_view{} : all;
  }

  raw_client client_;
};

// This part of the body has come; the answer goes on.
bool await_part(raw_client& client, std::string_view part) {
  return eventually(patience, [&] {
    client.poll_end();
    return client.parser().rest().find(part) != std::string_view::npos;
  });
}

void open_events(raw_client& client) {
  client.send(get_request("/events"));
  BOOST_REQUIRE(await_part(client, "data: 1\n\n"));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(upgraded_streams, leak_check)

BOOST_AUTO_TEST_CASE(websockets_get_1001_and_their_clients_are_welcome_at_the_new_process) {
  auto server = started({"--websocket.close", "1m"});
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<websocket_client>(server.address()));
  clients.front()->send(ws::frame(ws::text, "hello"));
  BOOST_TEST(clients.front()->await("text:hello"));
  const auto old = server.latest();
  server.signal(SIGUSR2);
  server.await(2);
  for (const auto& each : clients) {
    BOOST_TEST(each->await(each == clients.front() ? "text:hello close:1001 going away" : "close:1001 going away"));
    each->send(ws::close_frame(1001));
    BOOST_TEST((each->await_end() == ending::fin));
  }
  clients.clear();
  BOOST_TEST(server.wait(old.pid) == 0);
  {
    websocket_client again{server.address()};
    again.send(ws::frame(ws::text, "again"));
    BOOST_TEST(again.await("text:again"));
  }
  BOOST_TEST(get(server.address(), "/generation").body == "2");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_websocket_whose_client_says_nothing_is_given_its_time_and_no_more) {
  auto server = started({"--websocket.close", "300ms"});
  websocket_client client{server.address()};
  const auto old = server.latest();
  server.signal(SIGUSR2);
  server.await(2);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(client.await("close:1001 going away"));
}

BOOST_AUTO_TEST_CASE(event_streams_end_with_retry_and_their_connections_move) {
  auto server = started();
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.address()));
    open_events(*clients.back());
  }
  const auto old = server.latest();
  server.signal(SIGUSR2);
  server.await(2);
  for (const auto& each : clients) {
    const reply all = each->read();
    BOOST_TEST(!all.cut);
    BOOST_TEST(!all.closes());
    BOOST_TEST(all.body.find("\n\nretry: ") != std::string::npos);
    BOOST_TEST(each->get("/generation").body == "2");
  }
  BOOST_TEST(server.wait(old.pid) == 0);
  // As a browser comes back.
  raw_client back{server.address()};
  back.send(get_request("/events", "Last-Event-ID: 41\r\n"));
  BOOST_TEST(await_part(back, "id: 42\n"));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_both_as_well) {
  server_process server{demo({"--drain.idle", "close", "--drain.timeout", "1h", "--websocket.close", "1m"})};
  websocket_client socket{server.address()};
  raw_client events{server.address()};
  open_events(events);
  server.signal(SIGTERM);
  BOOST_TEST(socket.await("close:1001 going away"));
  socket.send(ws::close_frame(1001));
  BOOST_TEST(!events.read().cut);
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
