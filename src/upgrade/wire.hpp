// Numbers and texts in the messages of the hand-over: little-endian, texts behind their length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace baton::upgrade {

class wire_writer {
 public:
  void number(std::uint32_t value) { put(value, 4); }
  void large_number(std::uint64_t value) { put(value, 8); }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  void bytes(std::string_view value) { out_ += value; }
  [[nodiscard]] const std::string& str() const noexcept { return out_; }

 private:
  void put(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
  }

  std::string out_;
};

/// Takes from the front; once something was missing, or longer than allowed, it is broken for good and
/// gives zeros and empty texts.
class wire_reader {
 public:
  explicit wire_reader(std::string_view bytes) noexcept : rest_{bytes} {}

  std::uint32_t number() noexcept { return static_cast<std::uint32_t>(take(4)); }
  std::uint64_t large_number() noexcept { return take(8); }
  std::string_view text(std::size_t most) noexcept {
    const std::uint32_t size = number();
    if (size > most) broken_ = true;
    return bytes(size);
  }
  std::string_view bytes(std::size_t size) noexcept {
    if (broken_ || size > rest_.size()) {
      broken_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  void fail() noexcept { broken_ = true; }

  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  [[nodiscard]] bool whole() const noexcept { return !broken_ && rest_.empty(); }

 private:
  std::uint64_t take(std::size_t size) noexcept {
    const std::string_view from = bytes(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
    }
    return value;
  }

  std::string_view rest_;
  bool broken_ = false;
};

}  // namespace baton::upgrade
