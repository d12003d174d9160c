#include "http/websocket_guard.hpp"

#include <algorithm>

namespace baton::http {

void websocket_guard::pass(std::span<char> bytes) noexcept {
  while (!bytes.empty()) {
    if (payload_ != 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(payload_, bytes.size()));
      payload_ -= count;
      bytes = bytes.subspan(count);
      continue;
    }
    take_header(bytes.front());
    bytes = bytes.subspan(1);
  }
}

void websocket_guard::take_header(char& byte) noexcept {
  const auto value = static_cast<unsigned char>(byte);
  if (at_ == 1) {
    constexpr unsigned mask_bit = 0x80;
    length_ = value & 0x7fU;
    wide_ = length_ == 126 ? 2 : length_ == 127 ? 8 : 0;
    if (wide_ != 0) length_ = 0;
    header_ = 2 + wide_ + ((value & mask_bit) != 0 ? 4 : 0);
    refused_ = false;
  } else if (at_ >= 2 && at_ < 2 + wide_) {
    refused_ = refused_ || (at_ == 2 && wide_ == 8 && value >= 0x80);
    if (refused_) byte = 0;
    length_ = length_ << 8U | (refused_ ? 0U : value);
  }
  if (++at_ < 2 || at_ < header_) return;
  payload_ = length_;
  at_ = 0;
  header_ = 2;
  wide_ = 0;
}

}  // namespace baton::http
