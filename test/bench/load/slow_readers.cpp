#include "slow_readers.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace baton::bench {
namespace {

using fate = transfer::fate;

constexpr std::chrono::milliseconds slice{5};  // a tenth of the connections has its turn in each
constexpr std::size_t slices = 10;
constexpr std::chrono::duration<double> made_up{0.2};  // what was not there to be read is made up for so long
constexpr int least_buffer = 16 * 1024;
constexpr int most_buffer = 256 * 1024;

}  // namespace

slow_readers::slow_readers(const options& wanted, const script& said, dialer& dial, tally& seen)
    : script_{said},
      dialer_{dial},
      tally_{seen},
      rate_{static_cast<double>(wanted.read_rate)},
      clients_(wanted.connections),
      known_(said.size()),
      buffer_(static_cast<std::size_t>(rate_ * made_up.count()) + 1) {
  dialer_.limit_receive_buffer(static_cast<int>(std::clamp<std::size_t>(wanted.read_rate, least_buffer, most_buffer)));
}

slow_readers::time slow_readers::turn(time now) {
  if (now < next_slice_) return next_slice_;
  next_slice_ = std::max(next_slice_ + slice, now);
  for (auto some = (clients_.size() + slices - 1) / slices; some > 0; --some) {
    serve(clients_[next_client_], now);
    next_client_ = (next_client_ + 1) % clients_.size();
  }
  return next_slice_;
}

void slow_readers::serve(client& who, time now) {
  if (!who.link.open()) {
    who.link = dialer_.dial();
    if (!who.link.open()) return lose(who, std::generic_category().message(errno).c_str());
    tally_.connected(now);
    who.served = now;
    ask(who, now);
  }
  if (!who.unsent.empty()) {
    const auto sent = who.link.write(who.unsent);
    if (sent.what == fate::failed || sent.what == fate::ended) return lose(who, "the connection broke");
    who.unsent.remove_prefix(sent.bytes);
  }
  const std::chrono::duration<double> passed = now - std::exchange(who.served, now);
  who.allowed = std::min(who.allowed + rate_ * passed.count(), std::max(rate_ * made_up.count(), 1.0));
  const auto most = static_cast<std::size_t>(who.allowed);
  if (most == 0) return;
  const auto got = who.link.read(std::span{buffer_}.first(most));
  if (got.what == fate::blocked) return;
  if (got.what != fate::moved) return lose(who, "closed before the answer's end");
  who.allowed -= static_cast<double>(got.bytes);
  tally_.received(now, got.bytes);
  if (!feed(who, {buffer_.data(), got.bytes}, now)) lose(who, "a malformed answer, or no success");
}

bool slow_readers::feed(client& who, std::string_view bytes, time now) {
  while (!bytes.empty()) {
    if (who.reader.whole()) return false;  // more than was asked for
    bytes.remove_prefix(who.reader.take(bytes, known_[who.asked]));
    if (who.reader.malformed()) return false;
  }
  if (!who.reader.whole()) return true;
  if (!who.reader.good()) return false;
  tally_.answered(now, who.since);
  if (who.reader.closes()) {
    who.link.close();
  } else {
    ask(who, now);
  }
  return true;
}

void slow_readers::ask(client& who, time now) {
  who.asked = next_request_;
  next_request_ = (next_request_ + 1) % script_.size();
  who.unsent = script_.from(who.asked, 1);
  who.reader.restart();
  who.since = now;
}

void slow_readers::lose(client& who, const char* what) {
  tally_.failed(std::string{"a slow reader was lost: "} + what);
  who.unsent = {};
  who.link.close();
}

}  // namespace baton::bench
