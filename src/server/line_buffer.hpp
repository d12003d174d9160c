// Bytes from a client, cut into lines, of which none may be longer than it should.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace baton {

class line_buffer {
 public:
  explicit line_buffer(std::size_t most) noexcept : most_{most} {}

  /// How many bytes may come before a line is taken out. Zero without a whole line: it is too long.
  [[nodiscard]] std::size_t room() const noexcept { return most_ - bytes_.size(); }
  /// At most `room()` bytes.
  void append(std::string_view bytes) { bytes_ += bytes; }
  /// The next whole line, without its end (LF or CRLF).
  [[nodiscard]] std::optional<std::string> next();
  /// What is left once no more will come: the last line if its end is missing, or nothing.
  [[nodiscard]] std::optional<std::string> rest();

 private:
  const std::size_t most_;
  std::string bytes_;
};

}  // namespace baton
