#include "session/collected_body.hpp"

#include <algorithm>
#include <cstring>

namespace baton::session {
namespace {

constexpr std::size_t least_growth = 64 * 1024;
constexpr std::size_t most_at_once = 1024 * 1024;  // of the worker's time, for one read

}  // namespace

void collected_body::grow(std::size_t capacity) {
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(grown.get(), data_.get(), size_);
  data_ = std::move(grown);
  capacity_ = capacity;
}

std::span<char> collected_body::room(std::size_t most) {
  if (capacity_ == size_ && most != 0) grow(size_ + std::min(most, std::max(size_, least_growth)));
  return {data_.get() + size_, std::min({most, capacity_ - size_, most_at_once})};
}

void collected_body::append(std::string_view piece) {
  if (piece.size() > capacity_ - size_) grow(std::max(size_ + piece.size(), 2 * capacity_));
  if (!piece.empty()) std::memcpy(data_.get() + size_, piece.data(), piece.size());
  size_ += piece.size();
}

}  // namespace baton::session
