#include "net/ticket_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <unistd.h>

#include <openssl/crypto.h>

namespace baton::net {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t key_size = sizeof(ticket_key);
static_assert(key_size == 16 + 32 + 32, "keys are written as they lie in memory");
constexpr std::size_t time_size = sizeof(std::int64_t);
constexpr std::size_t saved_size = time_size + 3 * key_size;

// From the kernel: OpenSSL's generator would read its configuration and set its providers up first, 1 ms of
// processor in every start, with TLS or without.
ticket_key random_key() {
  ticket_key key;
  if (::getentropy(&key, key_size) != 0) {
    throw std::system_error{errno, std::generic_category(), "no random bytes for the keys of session tickets"};
  }
  return key;
}

}  // namespace

ticket_keys::ticket_keys(milliseconds rotation, time_point now)
    : rotation_{rotation},
      next_change_{now + rotation},
      previous_{random_key()},
      current_{random_key()},
      next_{random_key()} {}

ticket_keys::~ticket_keys() {
  for (ticket_key* const key : {&previous_, &current_, &next_}) OPENSSL_cleanse(key, key_size);
}

void ticket_keys::rotation(milliseconds time) {
  const std::lock_guard lock{mutex_};
  rotation_ = time;
}

// After a long silence the keys of the meantime were never in use.
void ticket_keys::advance(time_point now) {
  for (int changes = 0; now >= next_change_ && changes < 3; ++changes) {
    const ticket_key following = random_key();
    previous_ = current_;
    current_ = next_;
    next_ = following;
    next_change_ += rotation_;
  }
  if (now >= next_change_) next_change_ = now + rotation_;
}

ticket_key ticket_keys::current(time_point now) {
  const std::lock_guard lock{mutex_};
  advance(now);
  return current_;
}

std::optional<ticket_keys::found> ticket_keys::find(std::span<const unsigned char, ticket_key::name_size> name,
                                                    time_point now) {
  const std::lock_guard lock{mutex_};
  advance(now);
  const auto named = [&](const ticket_key& key) { return std::equal(name.begin(), name.end(), key.name.begin()); };
  if (named(current_)) return found{current_, false};
  if (named(previous_)) return found{previous_, true};
  if (named(next_)) return found{next_, false};  // the other generation's clock was a moment ahead
  return std::nullopt;
}

std::string ticket_keys::save(time_point now) {
  const std::lock_guard lock{mutex_};
  advance(now);
  const std::int64_t change = std::chrono::duration_cast<milliseconds>(next_change_.time_since_epoch()).count();
  std::string bytes(saved_size, '\0');
  std::memcpy(bytes.data(), &change, time_size);
  char* at = bytes.data() + time_size;
  for (const ticket_key* const key : {&previous_, &current_, &next_}) {
    std::memcpy(at, key, key_size);
    at += key_size;
  }
  return bytes;
}

bool ticket_keys::load(std::string_view bytes, time_point now) {
  if (bytes.size() != saved_size) return false;
  const std::lock_guard lock{mutex_};
  std::int64_t change = 0;
  std::memcpy(&change, bytes.data(), time_size);
  const char* at = bytes.data() + time_size;
  for (ticket_key* const key : {&previous_, &current_, &next_}) {
    std::memcpy(key, at, key_size);
    at += key_size;
  }
  // A clock that was set back must not keep a key in use for years.
  const std::int64_t latest = std::chrono::duration_cast<milliseconds>((now + rotation_).time_since_epoch()).count();
  next_change_ = time_point{milliseconds{std::clamp<std::int64_t>(change, 0, latest)}};
  return true;
}

}  // namespace baton::net
