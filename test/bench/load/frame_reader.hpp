// What a WebSocket server sends (RFC 6455, section 5.2), as far as an echo needs it: how many messages have
// ended, and whether each is what was sent. Messages may come in fragments, with control frames between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace baton::bench {

/// A client's binary message of `size` bytes, masked, as one frame. An echo of it is what frame_reader expects.
[[nodiscard]] std::string echo_message(std::size_t size);

class frame_reader {
 public:
  /// For echoes of messages of `size` bytes.
  explicit frame_reader(std::size_t size) : size_{size} {}

  /// Takes all bytes; returns how many messages ended with them.
  std::size_t take(std::string_view bytes);

  /// The server closed, sent what is no frame, or a message that is not the one that was sent.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// A masked pong to the last ping; empty if there was none since the last call.
  [[nodiscard]] std::string take_pong();

 private:
  std::size_t take_head(std::string_view bytes);
  void begin_frame();
  bool end_frame();

  const std::size_t size_;
  bool failed_ = false;
  bool in_payload_ = false;
  std::string head_;          // what came of it
  std::uint64_t left_ = 0;    // of the payload
  std::uint64_t so_far_ = 0;  // of the message
  std::string control_;       // the payload of a control frame
  std::string pong_;
};

}  // namespace baton::bench
