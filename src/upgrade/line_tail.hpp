// The last lines of a text that comes in pieces, in bounded memory: what a failed process said last.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace baton::upgrade {

class line_tail {
 public:
  static constexpr std::size_t max_lines = 20;
  static constexpr std::size_t max_line = 512;  ///< bytes; the rest of a longer line is dropped

  /// Lines end with \n; a \r before it is dropped.
  void append(std::string_view piece);

  /// The last complete lines and the one that has begun, oldest first, at most `max_lines`. Empty
  /// lines are left out.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  void end_line();

  std::deque<std::string> complete_;
  std::string open_;
};

}  // namespace baton::upgrade
