#include "echoes.hpp"

namespace baton::bench {
namespace {

using fate = transfer::fate;

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (; times > 0; --times) all += text;
  return all;
}

}  // namespace

std::string upgrade_request(const options& wanted) {
  std::string text = "GET " + wanted.targets.front() + " HTTP/1.1\r\nHost: " + wanted.host +
                     "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: YmVuY2hfbG9hZCBlY2hvZQ==\r\n";
  for (const auto& field : wanted.fields) text += field + "\r\n";
  return text + "\r\n";
}

echoes::echoes(const options& wanted, poller& poll, tally& seen, std::vector<wire> opened)
    : batch_{repeated(echo_message(*wanted.websocket), wanted.depth)},
      depth_{wanted.depth},
      tally_{seen},
      buffer_(128 * 1024) {
  clients_.reserve(opened.size());
  for (auto& link : opened) {
    poll.add(link.fd(), clients_.size());
    clients_.push_back({std::move(link), frame_reader{*wanted.websocket}});
    send(clients_.back());
  }
}

void echoes::send(client& who) {
  who.missing = depth_;
  who.since = steady::now();
  who.unsent = batch_;
  ++owed_;
  push(who);
}

void echoes::push(client& who) {
  while (!who.unsent.empty()) {
    const auto sent = who.link.write(who.unsent);
    if (sent.what == fate::blocked) return;
    if (sent.what != fate::moved) return lose(who, "the connection broke");
    who.unsent.remove_prefix(sent.bytes);
  }
}

void echoes::ready(std::size_t id, std::uint32_t events) {
  auto& who = clients_[id];
  if (who.link.open()) push(who);
  if (who.link.open() && (events & ~EPOLLOUT) != 0) pull(who);
}

void echoes::pull(client& who) {
  while (who.link.open()) {
    const auto got = who.link.read(buffer_);
    if (got.what == fate::blocked) return;
    if (got.what != fate::moved) return lose(who, "the server closed");
    const auto now = steady::now();
    tally_.received(now, got.bytes);
    const auto messages = who.reader.take({buffer_.data(), got.bytes});
    if (who.reader.failed() || messages > who.missing) return lose(who, "not the echo of what was sent");
    if (messages != 0) tally_.answered(now, who.since, messages);
    if (who.unsent.empty()) who.pong = who.reader.take_pong();
    if (!who.pong.empty()) who.unsent = who.pong;
    who.missing -= messages;
    const bool done = messages != 0 && who.missing == 0;
    if (done) --owed_;
    push(who);
    if (done && sending_ && who.link.open() && who.unsent.empty()) return send(who);
    if (who.link.plain() && got.bytes < buffer_.size()) return;
  }
}

void echoes::lose(client& who, const char* what) {
  tally_.failed(std::string{"a WebSocket was lost: "} + what);
  if (who.missing != 0) --owed_;
  who.missing = 0;
  who.unsent = {};
  who.link.close();
}

void echoes::give_up() {
  if (owed_ > 0) tally_.failed(std::to_string(owed_) + " WebSockets without an echo");
}

}  // namespace baton::bench
