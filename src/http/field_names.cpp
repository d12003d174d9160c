#include "http/field_names.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace baton::http {
namespace {

template <class Word>
std::uint64_t word(const char* at) noexcept {
  Word value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Both ends of a name, up to eight bytes each, that overlap in a shorter one. Small letters throughout: the bit
// tells a letter's cases apart, and no two other bytes of tokens from one another but `^` and `~`, which no
// name in the table has.
struct name_key {
  explicit name_key(std::string_view name) noexcept : size{name.size()} {
    const char* const at = name.data();
    if (size >= 8) {
      front = word<std::uint64_t>(at);
      back = word<std::uint64_t>(at + size - 8);
    } else if (size >= 4) {
      front = word<std::uint32_t>(at);
      back = word<std::uint32_t>(at + size - 4);
    } else if (size != 0) {
      front = word<std::uint8_t>(at) | word<std::uint8_t>(at + size / 2) << 8;
      back = word<std::uint8_t>(at + size - 1);
    }
    front |= small;
    back |= small;
  }
  name_key() = default;

  friend bool operator==(const name_key&, const name_key&) = default;

  [[nodiscard]] std::size_t hash() const noexcept {
    return static_cast<std::size_t>(((front ^ std::rotl(back, 23)) + size) * 0x9e3779b97f4a7c15U >> (64 - bits));
  }

  static constexpr int bits = 10;
  static constexpr std::uint64_t small = 0x2020202020202020U;

  std::uint64_t front = 0;
  std::uint64_t back = 0;
  std::size_t size = 0;
};

std::string_view name_of(field id) noexcept {
  const auto text = boost::beast::http::to_string(id);
  return {text.data(), text.size()};
}

// The only field of the same size and ends; does it have the same middle? Apart, so that the others need no stack.
[[gnu::noinline]] field if_same_middle(std::string_view name, field id) noexcept {
  const std::string_view known = name_of(id);
  for (std::size_t at = 8; at + 8 < name.size(); at += 8) {
    const std::uint64_t differs = word<std::uint64_t>(name.data() + at) ^ word<std::uint64_t>(known.data() + at);
    if ((differs & ~name_key::small) != 0) return field::unknown;
  }
  return id;
}

// Open addressing, a third full. No two of the names have the same key.
class name_table {
 public:
  name_table() noexcept {
    for (unsigned id = 1; id <= static_cast<unsigned>(field::xref); ++id) put(static_cast<field>(id));
  }

  [[nodiscard]] field find(std::string_view name) const noexcept {
    const name_key key{name};
    for (std::size_t at = key.hash(); slots_[at].id != field::unknown; at = (at + 1) % slots_.size()) {
      const slot& s = slots_[at];
      if (s.key == key) return key.size <= 16 ? s.id : if_same_middle(name, s.id);
    }
    return field::unknown;
  }

 private:
  struct slot {
    name_key key;
    field id = field::unknown;
  };

  void put(field id) noexcept {
    const name_key key{name_of(id)};
    std::size_t at = key.hash();
    while (slots_[at].id != field::unknown) at = (at + 1) % slots_.size();
    slots_[at] = {key, id};
  }

  std::array<slot, std::size_t{1} << name_key::bits> slots_{};
};

// Not within the function: asking whether it is made costs a third as much as the look-up.
const name_table table;

}  // namespace

field field_named(std::string_view name) noexcept {
  return table.find(name);
}

}  // namespace baton::http
