// A request's body on its way to a handler that wants the whole, where it is not wholly in the input buffer.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace baton::session {

/// Memory is taken as bytes come, not as they are announced, and kept for the next body. Nothing is written there but
/// the body: to zero room for a MiB takes the worker's time. Allocating throws std::bad_alloc.
class collected_body {
 public:
  [[nodiscard]] std::string_view bytes() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Room behind the bytes, for `most` more at most; not empty unless `most` is 0. Growing moves the bytes.
  [[nodiscard]] std::span<char> room(std::size_t most);
  /// So many bytes of it have been filled.
  void commit(std::size_t count) noexcept { size_ += count; }
  void append(std::string_view piece);
  void clear() noexcept { size_ = 0; }

 private:
  void grow(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace baton::session
