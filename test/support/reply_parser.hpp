// Reads answers from bytes, strictly and without the code under test: status line, fields, body by
// length, chunks or the close (RFC 9112 section 6.3). A parser of the tests' own, since one shared with
// the server would agree with its mistakes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton::test {

struct reply {
  int minor = 1;
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
  std::string body;
  bool cut = false;  ///< the connection ended, or nothing more came, before the body's end

  [[nodiscard]] bool interim() const noexcept { return status >= 100 && status < 200 && status != 101; }
  /// `name` in lower case; the first line's value.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  /// The answer says `Connection: close`.
  [[nodiscard]] bool closes() const;
};

class reply_parser {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  /// The peer has closed: ends an answer that lasts until the close.
  void end() noexcept { ended_ = true; }

  /// The next complete answer, interim ones included; nullopt if it is not there yet, or cannot be
  /// one. `to_head`: the request was a HEAD, so no body follows.
  [[nodiscard]] std::optional<reply> next(bool to_head = false);

  /// The answer that is in its body, as far as it has come; nullopt between answers.
  [[nodiscard]] std::optional<reply> partial();

  /// Bytes that are not part of any answer so far.
  [[nodiscard]] std::string_view rest() const noexcept { return std::string_view{buffer_}.substr(at_); }
  /// No byte of an answer is pending.
  [[nodiscard]] bool between() const noexcept { return state_ == state::head && rest().empty(); }
  /// What was wrong with the answers.
  [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }

 private:
  enum class state { head, fixed, chunk_size, chunk_data, trailers, until_close, broken };

  bool read_head(bool to_head);
  void read_fields(std::string_view block);
  void frame(bool to_head);
  bool read_fixed();
  bool read_chunks();
  bool read_chunk_size();
  bool read_trailers();
  std::optional<std::string_view> line();
  void drop_consumed();

  state state_ = state::head;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t left_ = 0;
  bool ended_ = false;
  reply current_;
  std::vector<std::string> faults_;
};

}  // namespace baton::test
