#include "server/line_buffer.hpp"

#include <utility>

namespace baton {

std::optional<std::string> line_buffer::next() {
  const std::size_t end = bytes_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> line_buffer::rest() {
  if (bytes_.empty()) return std::nullopt;
  return std::exchange(bytes_, {});
}

}  // namespace baton
