#include "session/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace baton::session {

void input_buffer::move_to(std::size_t capacity) {
  auto moved = std::make_unique_for_overwrite<char[]>(capacity);
  const std::size_t count = end_ - begin_;
  if (count != 0) std::memcpy(moved.get(), data_.get() + begin_, count);
  data_ = std::move(moved);
  capacity_ = capacity;
  begin_ = 0;
  end_ = count;
}

std::span<char> input_buffer::prepare() {
  if (pinned_) {
    if (begin_ == end_) begin_ = end_ = floor_;
    return {data_.get() + end_, capacity_ - end_};
  }
  if (capacity_ == 0) move_to(initial_capacity);
  if (begin_ == end_) begin_ = end_ = 0;
  // Twice the least room: what a read leaves behind a complete head is never too little for its body.
  if (capacity_ - end_ < 2 * least_room) {
    if (begin_ >= capacity_ / 2) {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      move_to(capacity_ * 2);
    }
  }
  return {data_.get() + end_, capacity_ - end_ - least_room};
}

void input_buffer::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = prepare();
    const std::size_t count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    commit(count);
    bytes.remove_prefix(count);
  }
}

bool input_buffer::reserve_behind(std::size_t used, std::size_t room) {
  if (capacity_ - begin_ - used >= room) return false;
  move_to(std::max(end_ - begin_, used + room));
  return true;
}

}  // namespace baton::session
