#include "listeners.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace baton::bench {
namespace {

using fate = transfer::fate;

constexpr std::size_t group = 256;  // under way at once, so that the server's queue does not overflow

std::string request_for(const options& wanted) {
  std::string text =
      "GET " + wanted.targets.front() + " HTTP/1.1\r\nHost: " + wanted.host + "\r\nAccept: text/event-stream\r\n";
  for (const auto& field : wanted.fields) text += field + "\r\n";
  return text + "\r\n";
}

}  // namespace

listeners::listeners(const options& wanted, dialer& dial, poller& poll, tally& seen)
    : request_{request_for(wanted)},
      dialer_{dial},
      poller_{poll},
      tally_{seen},
      clients_(wanted.connections),
      buffer_(64 * 1024) {}

listeners::time listeners::turn(time now) {
  while (dialled_ < clients_.size() && dialled_ - begun_ < group) {
    auto& who = clients_[dialled_];
    who.link = dialer_.dial();
    if (!who.link.open()) throw std::system_error{errno, std::system_category(), "connect"};
    poller_.add(who.link.fd(), dialled_++);
    who.unsent = request_;
    push(who);
  }
  return now + std::chrono::seconds{1};
}

void listeners::push(client& who) {
  while (!who.unsent.empty()) {
    const auto sent = who.link.write(who.unsent);
    if (sent.what == fate::blocked) return;
    if (sent.what != fate::moved) return lose(who, "the connection broke");
    who.unsent.remove_prefix(sent.bytes);
  }
}

void listeners::ready(std::size_t id, std::uint32_t events) {
  auto& who = clients_[id];
  if (who.link.open()) push(who);
  if (who.link.open() && (events & ~EPOLLOUT) != 0) pull(who);
}

void listeners::pull(client& who) {
  for (;;) {
    const auto got = who.link.read(buffer_);
    if (got.what == fate::blocked) return;
    if (got.what != fate::moved) return lose(who, "the server closed");
    const auto now = steady::now();
    tally_.received(now, got.bytes);
    body_.clear();
    std::string_view bytes{buffer_.data(), got.bytes};
    // Once for the head, once for what follows it.
    while (!bytes.empty() && !who.reader.whole() && !who.reader.malformed()) {
      bytes.remove_prefix(who.reader.take(bytes, who.unused, &body_));
    }
    if (!who.begun && !who.reader.in_head()) {
      who.begun = true;
      ++begun_;
    }
    if (who.begun && !who.reader.good()) return lose(who, ("status " + std::to_string(who.reader.status())).c_str());
    tally_.happened(now, events_in(who, body_));
    if (who.reader.whole() || who.reader.malformed()) return lose(who, "the stream ended");
    if (who.link.plain() && got.bytes < buffer_.size()) return;
  }
}

// An empty line ends an event; comments alone are none (WHATWG HTML, section 9.2.6).
std::size_t listeners::events_in(client& who, std::string_view body) {
  std::size_t events = 0;
  for (const char each : body) {
    if (each == '\r') continue;
    if (each != '\n') {
      if (who.line.size() < 5) who.line += each;
      continue;
    }
    if (who.line.empty() && std::exchange(who.said, false)) ++events;
    if (who.line == "data:" || who.line == "data") who.said = true;
    who.line.clear();
  }
  return events;
}

void listeners::lose(client& who, const char* what) {
  tally_.failed(std::string{"a listener was lost: "} + what);
  if (!who.begun) ++begun_;
  who.begun = true;
  who.unsent = {};
  who.link.close();
}

void listeners::give_up() {
  if (!prepared()) tally_.failed(std::to_string(clients_.size() - begun_) + " listeners without an answer");
}

}  // namespace baton::bench
