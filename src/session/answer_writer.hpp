// Writes a streamed answer: gathers small pieces, frames them, and holds the head back until the first
// piece has to leave, so that an early failure can still become a proper error answer.
#pragma once

#include <cstdint>
#include <string>

#include <baton/body_stream.hpp>
#include <baton/response.hpp>

#include "http/serialiser.hpp"

namespace baton::session {

class connection;

class answer_writer final : public body_writer {
 public:
  /// `bodyless`: the head is all that is sent, as for HEAD; nothing will be written.
  answer_writer(connection& c, const response& answer, bool bodyless) noexcept
      : connection_{c}, answer_{answer}, bodyless_{bodyless} {}

  task<void> write(std::string_view data) override;
  task<void> flush() override;

  /// The producer has returned. A body that was never flushed is sent with its length. Throws
  /// std::length_error if it is shorter than announced.
  task<void> finish();

  /// The head has been handed to the output: too late for another answer.
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  /// Bytes of the body so far, before framing.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  [[nodiscard]] http::answer_framing without_length() const noexcept;
  void begin(http::answer_framing framing, std::uint64_t length);
  void frame_gathered();

  static constexpr std::size_t gathered_limit = 16 * 1024;

  connection& connection_;
  const response& answer_;
  const bool bodyless_;
  std::string gathered_;
  std::uint64_t written_ = 0;
  http::answer_framing framing_ = http::answer_framing::length;
  bool begun_ = false;
  bool closes_ = false;
};

}  // namespace baton::session
