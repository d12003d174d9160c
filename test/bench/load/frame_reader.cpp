#include "frame_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace baton::bench {
namespace {

constexpr char filling = 'w';
constexpr std::array<unsigned char, 4> mask{0x37, 0xfa, 0x21, 0x3d};
constexpr unsigned char final_bit = 0x80;
enum opcode : unsigned char { binary = 2, control_bit = 8, closing = 8, ping = 9, pong = 10 };

std::string masked_frame(unsigned char code, std::string_view payload) {
  std::string frame(1, static_cast<char>(final_bit | code));
  const auto size = payload.size();
  const unsigned bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  frame += static_cast<char>(0x80U | (bytes == 0 ? size : bytes == 2 ? 126U : 127U));
  for (unsigned i = bytes; i > 0; --i) frame += static_cast<char>(size >> (8 * (i - 1)));
  frame.append(mask.begin(), mask.end());
  for (std::size_t i = 0; i < size; ++i) {
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % mask.size()]);
  }
  return frame;
}

}  // namespace

std::string echo_message(std::size_t size) {
  return masked_frame(opcode::binary, std::string(size, filling));
}

std::string frame_reader::take_pong() {
  return std::exchange(pong_, {});
}

std::size_t frame_reader::take(std::string_view bytes) {
  std::size_t messages = 0;
  while (!failed_ && !bytes.empty()) {
    if (!in_payload_) bytes.remove_prefix(take_head(bytes));
    if (!in_payload_) continue;
    const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    if ((static_cast<unsigned char>(head_[0]) & opcode::control_bit) != 0) {
      control_.append(part);
    } else if (!part.empty()) {
      // Every byte is the same, so looking at the ends of what came is enough to see a shift or a wrong mask.
      failed_ = part.front() != filling || part.back() != filling;
      so_far_ += part.size();
    }
    bytes.remove_prefix(part.size());
    left_ -= part.size();
    if (left_ == 0 && end_frame()) ++messages;
  }
  return messages;
}

std::size_t frame_reader::take_head(std::string_view bytes) {
  std::size_t taken = 0;
  std::size_t size = 2;
  while (taken < bytes.size()) {
    head_ += bytes[taken++];
    if (head_.size() < 2) continue;
    const auto length = static_cast<unsigned char>(head_[1]);
    size = length < 126 ? 2 : length == 126 ? 4 : 10;
    if (length > 127) failed_ = true;  // servers do not mask
    if (failed_ || head_.size() == size) break;
  }
  if (!failed_ && head_.size() >= 2 && head_.size() == size) begin_frame();
  return taken;
}

void frame_reader::begin_frame() {
  left_ = static_cast<unsigned char>(head_[1]);
  if (head_.size() > 2) {
    left_ = 0;
    for (const char byte : head_.substr(2)) left_ = left_ << 8 | static_cast<unsigned char>(byte);
  }
  control_.clear();
  in_payload_ = true;
}

// True if it ended a message.
bool frame_reader::end_frame() {
  const auto first = static_cast<unsigned char>(head_[0]);
  const unsigned char code = first & 0x0fU;
  head_.clear();
  in_payload_ = false;
  if (code == opcode::closing) failed_ = true;
  if (code == opcode::ping) pong_ = masked_frame(opcode::pong, control_);
  if ((code & opcode::control_bit) != 0 || (first & final_bit) == 0) return false;
  if (so_far_ != size_) failed_ = true;
  so_far_ = 0;
  return !failed_;
}

}  // namespace baton::bench
