#include "requests.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace baton::bench {
namespace {

using fate = transfer::fate;

constexpr std::size_t buffer_size = 128 * 1024;
constexpr std::size_t dials_a_turn = 256;
constexpr std::chrono::milliseconds pause_after_refusal{10};
constexpr std::chrono::seconds long_time{1};

}  // namespace

requests::requests(const options& wanted, const script& said, dialer& dial, poller& poll, tally& seen,
                   std::vector<wire> kept)
    : script_{said},
      dialer_{dial},
      poller_{poll},
      tally_{seen},
      depth_{wanted.depth},
      rate_{wanted.rate},
      once_{kept.empty()},
      counts_resumption_{once_ && wanted.tls != tls_use::none},
      begun_{steady::now()},
      clients_(wanted.connections),
      known_(said.size()),
      buffer_(buffer_size) {
  for (auto& each : clients_) {
    if (!once_) each.link = std::move(kept[id_of(each)]);
    if (!each.link.open()) {
      each.at = phase::down;
      down_.push_back(id_of(each));
      continue;
    }
    each.fresh = false;
    poller_.add(each.link.fd(), id_of(each));
    rest(each, true);
  }
}

// --- Sending ---------------------------------------------------------------------------------------

void requests::ask(client& who, time since) {
  who.at = phase::asked;
  who.since = since;
  who.answered = 0;
  who.first = next_;
  next_ = (next_ + depth_) % script_.size();
  who.unsent = script_.from(who.first, depth_);
  who.reader.restart();
  ++owed_;
  push(who);
}

void requests::push(client& who) {
  while (!who.unsent.empty()) {
    const auto sent = who.link.write(who.unsent);
    if (sent.what == fate::blocked) return;
    if (sent.what != fate::moved) return end(who, sent.what);
    who.unsent.remove_prefix(sent.bytes);
  }
}

requests::time requests::due(std::uint64_t number) const {
  const std::chrono::duration<double> after{static_cast<double>(number) / rate_};
  return begun_ + std::chrono::duration_cast<steady::duration>(after);
}

void requests::send_due(time now) {
  while (!free_.empty() && due(due_) <= now) {
    auto& who = clients_[free_.front()];
    free_.pop_front();
    if (could_send_) tally_.late(now, due(due_));
    ask(who, due(due_++));
  }
  could_send_ = !free_.empty();
}

requests::time requests::turn(time now) {
  if (!sending_) return now + long_time;
  // At fixed times, with one connection a request, connecting is part of it and waits until it is due.
  const bool waits = rate_ > 0 && once_;
  for (auto some = dials_a_turn; some > 0 && !down_.empty() && now >= dial_after_; --some) {
    if (waits && due(due_) > now) break;
    auto& who = clients_[down_.front()];
    down_.pop_front();
    connect(who, waits ? due(due_++) : now);
  }
  const auto next_dial = down_.empty() ? now + long_time : std::max(waits ? due(due_) : now, dial_after_);
  if (rate_ == 0 || once_) return next_dial;
  send_due(now);
  return free_.empty() ? next_dial : std::min(next_dial, due(due_));
}

// --- Receiving -------------------------------------------------------------------------------------

void requests::ready(std::size_t id, std::uint32_t events) {
  auto& who = clients_[id];
  if (!who.unsent.empty()) push(who);
  if (who.link.open() && (events & ~EPOLLOUT) != 0) pull(who, events);
}

void requests::pull(client& who, std::uint32_t events) {
  for (;;) {
    const bool skips = who.link.plain() && who.reader.left() >= buffer_.size();
    const auto wanted = skips ? static_cast<std::size_t>(who.reader.left()) : buffer_.size();
    const auto got = skips ? who.link.skip(wanted) : who.link.read(buffer_);
    if (got.what == fate::blocked) return;
    if (got.what != fate::moved) return end(who, got.what);
    const auto now = steady::now();
    tally_.received(now, got.bytes);
    if (skips) {
      who.reader.skipped(got.bytes);
      if (who.reader.whole() && !finish_answer(who, now)) return;
    } else if (!feed(who, {buffer_.data(), got.bytes}, now)) {
      return;
    }
    if (who.at == phase::asked && who.answered == depth_) {
      const bool ends = who.reader.closes() || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
      return rest(who, !ends && !once_);
    }
    // Less than asked for: there is no more, and the next byte is another edge. TLS counts records, not bytes.
    if (who.link.plain() && got.bytes < wanted && (events & (EPOLLRDHUP | EPOLLHUP)) == 0) return;
  }
}

// False if the connection is no longer what it was.
bool requests::feed(client& who, std::string_view bytes, time now) {
  if (who.fresh && counts_resumption_) {
    ++handshakes_;
    if (who.link.resumed()) ++resumed_;
  }
  who.fresh = false;
  while (!bytes.empty()) {
    if (who.at != phase::asked || who.answered == depth_) {
      lose(who, "more was answered than asked");
      return false;
    }
    bytes.remove_prefix(who.reader.take(bytes, known_[(who.first + who.answered) % script_.size()]));
    if (who.reader.malformed()) {
      lose(who, "a malformed answer");
      return false;
    }
    if (who.reader.whole() && !finish_answer(who, now)) return false;
  }
  return true;
}

bool requests::finish_answer(client& who, time now) {
  count(who, now);
  if (who.answered == depth_) return true;
  if (who.reader.closes()) {
    // It has said so; what was sent behind is to be asked again (RFC 9112, section 9.3.2), and is not lost.
    rest(who, false);
    return false;
  }
  who.reader.restart();
  return true;
}

void requests::count(client& who, time now) {
  ++who.answered;
  if (!who.reader.good()) return tally_.failed("status " + std::to_string(who.reader.status()));
  if (rate_ > 0) {
    tally_.answered_due(now, who.since);
  } else {
    tally_.answered(now, who.since);
  }
}

// --- Between requests ------------------------------------------------------------------------------

// A batch is done, or the connection is new.
void requests::rest(client& who, bool usable) {
  if (who.at == phase::asked) --owed_;
  who.at = phase::idle;
  if (once_ && who.link.open()) {
    // The server closes; its end is read, so that a byte too many would show.
    who.at = phase::closing;
    return pull(who, 0);
  }
  if (!usable) return dial_again(who);
  if (rate_ > 0) {
    free_.push_back(id_of(who));
  } else if (sending_) {
    ask(who, steady::now());
  }
}

// The other side has closed, or the connection broke.
void requests::end(client& who, fate how) {
  const bool broken = how == fate::failed;
  if (who.at != phase::asked) return dial_again(who);  // between requests
  if (!broken && who.reader.ended() && who.answered < depth_) {
    count(who, steady::now());
    if (who.answered == depth_) {
      --owed_;
      who.at = phase::idle;
      return dial_again(who);
    }
  }
  lose(who, broken ? std::generic_category().message(errno).c_str() : "closed before the answer");
}

void requests::lose(client& who, const char* what) {
  tally_.failed(std::string{"a request was lost: "} + what);
  if (who.at == phase::asked) --owed_;
  who.at = phase::idle;
  dial_again(who);
}

void requests::dial_again(client& who) {
  who.link.close();
  who.unsent = {};
  who.at = phase::down;
  std::erase(free_, id_of(who));
  down_.push_back(id_of(who));
}

void requests::connect(client& who, time since) {
  who.link = dialer_.dial();
  who.fresh = true;
  if (!who.link.open()) {
    tally_.failed("cannot connect: " + std::generic_category().message(errno));
    dial_after_ = steady::now() + pause_after_refusal;
    down_.push_back(id_of(who));
    return;
  }
  tally_.connected(since);
  poller_.add(who.link.fd(), id_of(who));
  who.at = phase::idle;
  if (rate_ > 0 && !once_) {
    free_.push_back(id_of(who));
  } else {
    ask(who, since);
  }
}

void requests::give_up() {
  if (owed_ > 0) tally_.failed(std::to_string(owed_) + " requests without an answer");
  for (; rate_ > 0 && due(due_) < tally_.end(); ++due_) tally_.unsent(due(due_));
  if (!counts_resumption_) return;
  tally_.note("handshakes", handshakes_);
  tally_.note("resumed", resumed_);
}

}  // namespace baton::bench
