#include "chunk_reader.hpp"

#include <algorithm>
#include <charconv>

namespace baton::bench {
namespace {

constexpr std::size_t longest_line = 16 * 1024;

}  // namespace

std::size_t chunk_reader::take(std::string_view bytes, std::string* body) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != state::whole && state_ != state::malformed) {
    if (state_ == state::data || state_ == state::data_end) {
      const auto part = std::min<std::uint64_t>(left_, bytes.size() - at);
      if (body != nullptr && state_ == state::data) body->append(bytes.substr(at, part));
      at += part;
      left_ -= part;
      if (left_ != 0) continue;
      state_ = state_ == state::data ? state::data_end : state::line;
      left_ = state_ == state::data_end ? 2 : 0;
      continue;
    }
    const auto end = std::min(bytes.find('\n', at), bytes.size() - 1);
    line_.append(bytes.substr(at, end + 1 - at));
    at = end + 1;
    if (line_.back() == '\n') end_line();
    if (line_.size() > longest_line) state_ = state::malformed;
  }
  return at;
}

// A size, or a line of the trailers; the last of those is empty.
void chunk_reader::end_line() {
  const bool last = line_ == "\r\n";
  if (state_ == state::trailer) {
    if (last) state_ = state::whole;
  } else {
    const auto size = std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
    const bool ends = *size.ptr == '\r' || *size.ptr == ';' || *size.ptr == ' ';
    state_ = size.ptr == line_.data() || !ends ? state::malformed : left_ == 0 ? state::trailer : state::data;
  }
  line_.clear();
}

}  // namespace baton::bench
