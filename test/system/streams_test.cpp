// Event streams and WebSockets with curl, clients that go away, and clients that read slowly.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/websocket_frames.hpp"

using namespace baton::test;

namespace {

std::string url(const server_process& server, std::string_view path) {
  return "http://" + server.address().text() + std::string{path};
}

outcome curl(std::vector<std::string> arguments) {
  std::vector<std::string> command{"curl", "-sS", "--http1.1"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command({.command = std::move(command), .environment = {}, .directory = {}, .inherit = {}});
}

constexpr int timed_out = 28;  // curl's status

}  // namespace

BOOST_FIXTURE_TEST_SUITE(streams, leak_check)

BOOST_AUTO_TEST_CASE(curl_follows_an_event_stream_as_long_as_it_likes) {
  server_process server;
  const auto got = curl({"-iN", "--max-time", "3", "-H", "Last-Event-ID: 6", url(server, "/events")});
  BOOST_TEST(got.status == timed_out);
  BOOST_TEST(got.out.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  BOOST_TEST(got.out.find("id: 7\ndata: 7\n\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(curl_opens_a_websocket) {
  server_process server;
  const auto got =
      curl({"-iN", "--max-time", "2", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H",
            "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", url(server, "/ws")});
  BOOST_TEST(got.out.starts_with("HTTP/1.1 101 "));
  BOOST_TEST(got.out.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  const auto plain = curl({"-i", url(server, "/ws")});
  BOOST_TEST(plain.out.starts_with("HTTP/1.1 426 "));
  BOOST_TEST(plain.out.find("Upgrade: websocket\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(handlers_of_clients_that_have_gone_are_gone_too) {
  server_process server;
  const auto before = proc::descriptors(server.pid());
  for (const auto* path : {"/sleep?ms=3600000", "/events"}) {
    raw_client client{server.address()};
    client.send(get_request(path));
    // It is under way when a second request on another connection has been answered and this one waits.
    BOOST_TEST(get(server.address(), "/plaintext").status == 200);
    BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()).size() == before.size() + 1; }));
    client.abort();
    BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()) == before; }));
  }
}

BOOST_AUTO_TEST_CASE(a_download_survives_a_reader_slower_than_the_time_out_of_a_write) {
  server_process server{demo({"--timeouts.write", "1s"})};
  raw_client client{server.address()};
  constexpr std::size_t size = 16'000'000;
  client.send(get_request("/download?bytes=" + std::to_string(size) + "&chunk=65536"));
  // Buffers on both sides are full soon; from then on the server can write nothing for seconds.
  std::array<char, 1024> few{};
  static_cast<void>(eventually(4s, [&] {
    const auto count = ::recv(client.native(), few.data(), few.size(), MSG_DONTWAIT);
    if (count > 0) client.parser().feed({few.data(), static_cast<std::size_t>(count)});
    return count == 0;
  }));
  const auto answer = client.read();
  BOOST_TEST(!answer.cut);
  BOOST_TEST(answer.body.size() == size);
}

BOOST_AUTO_TEST_CASE(readers_that_stop_cost_little_memory) {
  server_process server{demo({"--timeouts.write", "1h"})};
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  const auto before = proc::peak_resident_kib(server.pid());
  std::vector<std::unique_ptr<raw_client>> clients;
  constexpr std::size_t count = 50;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.address()));
    clients.back()->send(get_request("/download?bytes=1000000000&chunk=262144"));
  }
  for (const auto& each : clients) BOOST_TEST(each->await_bytes());
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  constexpr std::size_t each_kib = 128;
  if (!sanitised) BOOST_TEST(proc::peak_resident_kib(server.pid()) < before + count * each_kib);
}

BOOST_AUTO_TEST_SUITE_END()
