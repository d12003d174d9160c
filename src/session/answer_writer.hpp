// Writes a streamed answer: gathers small pieces, frames them, and holds the head back until the first
// piece has to leave, so that an early failure can still become a proper error answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include <baton/body_stream.hpp>
#include <baton/response.hpp>

#include "http/serialiser.hpp"
#include "session/connection.hpp"

namespace baton::session {

class answer_writer final : public body_writer, private drain_watcher {
 public:
  /// `bodyless`: the head is all that is sent, as for HEAD; nothing will be written.
  answer_writer(connection& c, response& answer, bool bodyless) noexcept;
  answer_writer(const answer_writer&) = delete;
  answer_writer& operator=(const answer_writer&) = delete;
  ~answer_writer();

  task<void> write(std::string_view data) override;
  task<void> flush() override;
  bool trailer(std::string_view name, std::string_view value) override;
  [[nodiscard]] bool draining() const noexcept override;
  task<bool> wait(std::chrono::milliseconds time) override;
  void wake() noexcept override;
  void cancel_on_drain() noexcept override { cancels_on_drain_ = true; }

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
  [[nodiscard]] task<void> send_borrowed(std::string_view data);
  void drain_began() override;

  static constexpr std::size_t gathered_limit = 16 * 1024;
  static constexpr std::size_t trailer_limit = 16 * 1024;

  connection& connection_;
  response& answer_;
  const bool bodyless_;
  const bool takes_trailers_;  // the client
  std::string gathered_;
  std::string trailers_;
  std::optional<boost::asio::steady_timer> timer_;  // of `wait`
  std::uint64_t written_ = 0;
  http::answer_framing framing_ = http::answer_framing::length;
  bool begun_ = false;
  bool closes_ = false;
  bool waiting_ = false;
  bool cancels_on_drain_ = false;
};

}  // namespace baton::session
