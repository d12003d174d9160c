#include "staying_clients.hpp"

#include <stdexcept>
#include <utility>

#include "support/eventually.hpp"
#include "support/raw_client.hpp"
#include "support/tls_client.hpp"
#include "support/websocket_frames.hpp"

namespace baton::test {
namespace {

constexpr auto pause = 20ms;

void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error{what};
}

// The frame behind the first `seen` bytes of what came after the handshake.
ws::server_frame next_frame(raw_client& client, std::size_t& seen) {
  ws::server_frame next;
  const bool came = eventually(patience, [&] {
    client.poll_end();
    const std::string_view all = client.parser().rest();
    std::string_view rest = all.substr(seen);
    next = ws::take_frame(rest);
    if (next.complete) seen = all.size() - rest.size();
    return next.complete || client.end() != ending::open;
  });
  expect(came, "no frame came");
  expect(next.complete, "ended without a close frame");
  expect(!next.wrong, "wrong frame");
  return next;
}

std::size_t events_in(std::string_view body) {
  std::size_t count = 0;
  for (std::size_t at = body.find("\n\n"); at != std::string_view::npos; at = body.find("\n\n", at + 2)) ++count;
  return count;
}

}  // namespace

staying_clients::staying_clients(endpoint plain, endpoint secure)
    : plain_{std::move(plain)}, secure_{std::move(secure)} {
  start("TLS, keep-alive", 4, &staying_clients::speak_tls);
  start("WebSockets", 4, &staying_clients::speak_websocket);
  start("event streams", 4, &staying_clients::follow_events);
}

void staying_clients::start(std::string name, unsigned clients, life once) {
  auto& account = *accounts_.emplace_back(std::make_unique<load_account>(std::move(name), true));
  for (unsigned i = 0; i < clients; ++i) {
    threads_.emplace_back([this, &account, once] {
      while (!stop_) {
        try {
          (this->*once)(account);
        } catch (const std::exception& error) {
          account.add(fate::failed, error.what());
        }
      }
    });
  }
}

void staying_clients::stop() {
  stop_ = true;
  for (auto& each : threads_) {
    if (each.joinable()) each.join();
  }
}

load_accounts staying_clients::accounts() const {
  load_accounts all;
  for (const auto& each : accounts_) all.push_back(each.get());
  return all;
}

void staying_clients::speak_tls(load_account& account) {
  tls_client client{secure_};
  for (bool used = false; !stop_; used = true) {
    if (const auto end = client.await_end(0ms); end != tls_ending::open) {
      expect(end == tls_ending::farewell, "an idle connection ended without close_notify");
      return account.add(parting::closed_idle);
    }
    reply answer;
    try {
      answer = client.get("/plaintext");
    } catch (const std::exception& error) {
      const bool idle = used && client.nothing_unread() && client.await_end(0ms) != tls_ending::open;
      return account.add(idle ? fate::lost_idle : fate::failed, error.what());
    }
    expect(answer.status == 200 && answer.body == "Hello, World!", "wrong answer");
    account.add(fate::ok);
    if (answer.closes()) {
      account.add(parting::announced);
      return expect(client.await_end() == tls_ending::farewell, "the announced end came without close_notify");
    }
    std::this_thread::sleep_for(pause);
  }
}

void staying_clients::speak_websocket(load_account& account) {
  constexpr unsigned messages = 100;
  raw_client client{plain_};
  client.send(ws::opening("/ws"));
  expect(client.read(patience, true).status == 101, "no WebSocket");
  std::size_t seen = 0;
  for (unsigned i = 0; i < messages && !stop_; ++i) {
    const std::string text = std::to_string(i);
    client.send(ws::frame(ws::text, text));
    const auto frame = next_frame(client, seen);
    if (frame.opcode == ws::close) {
      expect(frame.payload.substr(0, 2) == ws::big_endian(1001, 2), "closed with another code than 1001");
      client.send(ws::close_frame(1001));
      expect(client.await_end() == ending::fin, "no FIN after the closing handshake");
      return account.add(parting::announced);
    }
    expect(frame.opcode == ws::text && frame.payload == text, "another message came back");
    account.add(fate::ok);
    std::this_thread::sleep_for(pause);
  }
}

void staying_clients::follow_events(load_account& account) {
  raw_client client{plain_};
  client.send(get_request("/events"));
  expect(client.read(patience, true).status == 200, "no events");
  for (std::size_t seen = 0; !stop_;) {
    client.poll_end();
    const std::string_view chunks = client.parser().rest();
    for (const auto events = events_in(chunks); seen < events; ++seen) account.add(fate::ok);
    if (chunks.ends_with("\r\n0\r\n\r\n")) {
      expect(chunks.find("\r\nretry: ") != std::string_view::npos, "ended without retry");
      return account.add(parting::announced);
    }
    expect(client.end() == ending::open, "the stream was cut");
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace baton::test
