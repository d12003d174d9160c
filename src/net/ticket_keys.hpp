// The keys that session tickets are sealed with: the one in use, the one before it, whose tickets still
// resume, and the one that comes next, with the moment at which it does. Because the next one is known
// beforehand, two generations that share these keys change to it at the same moment, and each opens the
// other's tickets for as long as an upgrade lasts.
//
// Knows no clock: the time is told. Rejected: keys derived from one secret and the time, which would open all
// tickets there ever were to whoever gets the secret.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace baton::net {

struct ticket_key {
  static constexpr std::size_t name_size = 16;
  std::array<unsigned char, name_size> name{};
  std::array<unsigned char, 32> cipher{};  ///< AES-256-CBC
  std::array<unsigned char, 32> mac{};     ///< HMAC-SHA256
};

/// Any thread.
class ticket_keys {
 public:
  using time_point = std::chrono::system_clock::time_point;

  /// Random keys. `rotation`: how long each is in use. Throws std::runtime_error if there is no randomness.
  ticket_keys(std::chrono::milliseconds rotation, time_point now);
  ~ticket_keys();
  ticket_keys(const ticket_keys&) = delete;
  ticket_keys& operator=(const ticket_keys&) = delete;

  /// From the next change on.
  void rotation(std::chrono::milliseconds time);

  /// The key for new tickets.
  [[nodiscard]] ticket_key current(time_point now);

  struct found {
    ticket_key key;
    bool old = false;  ///< the ticket should be replaced
  };
  /// The key that a ticket was sealed with, if it is one of these.
  [[nodiscard]] std::optional<found> find(std::span<const unsigned char, ticket_key::name_size> name, time_point now);

  /// All of it, for the next process.
  [[nodiscard]] std::string save(time_point now);
  /// What `save` of another process has written. False: it is not that, and nothing has changed.
  [[nodiscard]] bool load(std::string_view bytes, time_point now);

 private:
  void advance(time_point now);

  std::mutex mutex_;
  std::chrono::milliseconds rotation_;  // guarded by mutex_, as what follows
  time_point next_change_;
  ticket_key previous_;
  ticket_key current_;
  ticket_key next_;
};

}  // namespace baton::net
