// The one flat buffer that a connection reads into. Heads are parsed in place and the request's views
// point here, so nothing moves while a request is being served: `pin` fixes what has been consumed,
// and only the room behind it is used for body bytes until `unpin`.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace baton::session {

class input_buffer {
 public:
  static constexpr std::size_t initial_capacity = 4 * 1024;
  static constexpr std::size_t least_room = 1024;

  /// The bytes that have come and are not consumed.
  [[nodiscard]] std::string_view bytes() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  /// The room that `prepare` gave last has been used up: there may be more where the bytes came from.
  [[nodiscard]] bool full() const noexcept { return capacity_ - end_ <= least_room; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Room for at least `least_room` more bytes; grows by doubling. While pinned it neither moves nor
  /// grows, and returns what room there is: at least `least_room` once everything is consumed.
  [[nodiscard]] std::span<char> prepare();
  void commit(std::size_t count) noexcept { end_ += count; }
  /// Takes bytes that came by another way. Not while pinned.
  void append(std::string_view bytes);
  void consume(std::size_t count) noexcept { begin_ += count; }

  /// What has been consumed so far stays where it is.
  void pin() noexcept {
    pinned_ = true;
    floor_ = begin_;
  }
  void unpin() noexcept { pinned_ = false; }

  /// Room for `room` bytes behind `used` bytes at the front of `bytes()`. Not while pinned; moves
  /// everything, so views into the buffer must be made anew. False: there was room already.
  bool reserve_behind(std::size_t used, std::size_t room);

 private:
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t floor_ = 0;
  bool pinned_ = false;
};

}  // namespace baton::session
