// What belongs to a text, by hash: open addressing in one flat array, since every request looks here. Rejected:
// std::unordered_map (a node and two more cache lines a look-up, and a hash that goes byte by byte).
//
// What clients send is looked up and never stored, so that nobody can fill it. Filled once, then read by any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton::http {

template <class Target>
class text_index {
 public:
  /// Puts `target` in, in the place of what was there for the same text. `target` must outlive this.
  void put(std::string text, Target& target) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    const std::uint64_t hash = hash_of(text);
    place({hash, std::move(text), &target});
  }

  /// What was put in for the text; null if nothing was.
  [[nodiscard]] Target* find(std::string_view text) const noexcept {
    if (slots_.empty()) return nullptr;
    const std::uint64_t hash = hash_of(text);
    for (std::size_t at = hash & mask_; slots_[at].target != nullptr; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && slots_[at].text == text) return slots_[at].target;
    }
    return nullptr;
  }

 private:
  struct slot {
    std::uint64_t hash = 0;
    std::string text;
    Target* target = nullptr;
  };

  // Eight bytes at a time; the last eight overlap those before.
  static std::uint64_t hash_of(std::string_view text) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t hash = left;
    if (left < 8) return mixed(hash, short_word(at, left));
    for (; left > 8; at += 8, left -= 8) hash = mixed(hash, word<std::uint64_t>(at));
    return mixed(hash, word<std::uint64_t>(at + left - 8));
  }
  template <class Word>
  static std::uint64_t word(const char* at) noexcept {
    Word value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static std::uint64_t short_word(const char* at, std::size_t size) noexcept {
    if (size >= 4) return word<std::uint32_t>(at) << 32 | word<std::uint32_t>(at + size - 4);
    if (size >= 2) return word<std::uint16_t>(at) << 16 | word<std::uint16_t>(at + size - 2);
    return size == 0 ? 0 : word<std::uint8_t>(at);
  }
  static std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
    const std::uint64_t product = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return product ^ product >> 32;
  }

  void grow() {
    std::vector<slot> larger(std::max<std::size_t>(2 * slots_.size(), 4));
    larger.swap(slots_);
    mask_ = slots_.size() - 1;
    used_ = 0;
    for (slot& old : larger) {
      if (old.target != nullptr) place(std::move(old));
    }
  }

  void place(slot made) noexcept {
    std::size_t at = made.hash & mask_;
    while (slots_[at].target != nullptr && slots_[at].text != made.text) at = (at + 1) & mask_;
    if (slots_[at].target == nullptr) ++used_;
    slots_[at] = std::move(made);
  }

  std::vector<slot> slots_;  // a power of two, at most half of them in use
  std::size_t mask_ = 0;
  std::size_t used_ = 0;
};

}  // namespace baton::http
