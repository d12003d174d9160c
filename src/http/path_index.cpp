#include "http/path_index.hpp"

#include <algorithm>
#include <utility>

namespace baton::http {

void path_index::put(std::string path, const method_set& target) {
  if (2 * (used_ + 1) > slots_.size()) {
    std::vector<slot> larger(std::max<std::size_t>(2 * slots_.size(), 16));
    larger.swap(slots_);
    mask_ = slots_.size() - 1;
    used_ = 0;
    for (slot& old : larger) {
      if (old.target != nullptr) place(std::move(old));
    }
  }
  const std::uint64_t hash = hash_of(path);
  place({hash, std::move(path), &target});
}

void path_index::place(slot made) noexcept {
  std::size_t at = made.hash & mask_;
  while (slots_[at].target != nullptr && slots_[at].path != made.path) at = (at + 1) & mask_;
  if (slots_[at].target == nullptr) ++used_;
  slots_[at] = std::move(made);
}

}  // namespace baton::http
