// Whole paths by hash: open addressing in one flat array, since every request looks here. Rejected:
// std::unordered_map (a node and two more cache lines a look-up, and a hash that goes byte by byte).
//
// What clients send is looked up and never stored, so that nobody can fill it. Filled once, then read by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace baton::http {

class method_set;

class path_index {
 public:
  /// Puts `target` in, in the place of what was there for the same path. `target` must outlive this.
  void put(std::string path, const method_set& target);

  /// What was put in for the path; null if nothing was.
  [[nodiscard]] const method_set* find(std::string_view path) const noexcept {
    if (slots_.empty()) return nullptr;
    const std::uint64_t hash = hash_of(path);
    for (std::size_t at = hash & mask_; slots_[at].target != nullptr; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && slots_[at].path == path) return slots_[at].target;
    }
    return nullptr;
  }

 private:
  struct slot {
    std::uint64_t hash = 0;
    std::string path;
    const method_set* target = nullptr;
  };

  // Eight bytes at a time; the last eight overlap those before.
  static std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = text.size();
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left > 8; at += 8, left -= 8) hash = mixed(hash, word(at));
    return text.size() > 8 ? mixed(hash, word(at + left - 8)) : mixed(hash, short_word(at, left));
  }
  static std::uint64_t word(const char* at) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static std::uint64_t short_word(const char* at, std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i != size; ++i) value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
  }
  static std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
    const std::uint64_t product = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return product ^ product >> 32;
  }

  void place(slot made) noexcept;

  std::vector<slot> slots_;  // a power of two, at most half of them in use
  std::size_t mask_ = 0;
  std::size_t used_ = 0;
};

}  // namespace baton::http
