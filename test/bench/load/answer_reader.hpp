// Finds where an answer ends, and whether it is one: a 2xx that is whole. No parser: the head of the last
// answer to the same request is remembered, and a further one with the same status, length and end is taken
// with three comparisons. Anything else (another length, chunks, no length at all) takes the slow way once.
// Wire rules: RFC 9112, section 6.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chunk_reader.hpp"

namespace baton::bench {

/// What the answers to one request looked like last.
struct known_head {
  std::size_t size = 0;       ///< bytes with the empty line; 0: nothing known
  std::size_t length_at = 0;  ///< where the line with the length begins
  std::string length_line;    ///< that line with its end
  std::uint64_t body = 0;     ///< bytes

  [[nodiscard]] bool fits(std::string_view bytes) const noexcept;
};

class answer_reader {
 public:
  enum class state { head, body, chunks, until_close, whole, malformed };

  /// For the next answer.
  void restart() noexcept;

  /// Takes bytes up to the end of the answer; returns how many. Part of a head is kept for the next call.
  /// `body`, if given, gets what the body says, without chunks' framing.
  std::size_t take(std::string_view bytes, known_head& known, std::string* body = nullptr);
  /// The connection ended. True if that was the answer's end.
  bool ended() noexcept;

  [[nodiscard]] bool whole() const noexcept { return state_ == state::whole; }
  [[nodiscard]] bool malformed() const noexcept { return state_ == state::malformed; }
  [[nodiscard]] bool in_head() const noexcept { return state_ == state::head; }
  /// Not a byte of this answer has come.
  [[nodiscard]] bool untouched() const noexcept { return state_ == state::head && head_.empty(); }
  /// The status was 2xx (or 101). Valid once the head has been read.
  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  /// The server said `Connection: close`.
  [[nodiscard]] bool closes() const noexcept { return closes_; }
  /// Bytes of a body with a length that are still to come.
  [[nodiscard]] std::uint64_t left() const noexcept { return state_ == state::body ? left_ : 0; }
  /// So many of those came and were thrown away unseen.
  void skipped(std::uint64_t bytes) noexcept;

 private:
  void read_head(std::string_view head, known_head& known);
  std::size_t take_head(std::string_view bytes, known_head& known);

  state state_ = state::head;
  bool good_ = false;
  bool closes_ = false;
  int status_ = 0;
  std::uint64_t left_ = 0;
  std::string head_;  // what came of it
  chunk_reader chunks_;
};

}  // namespace baton::bench
