#include "middleware/token_buckets.hpp"

#include <algorithm>
#include <bit>

namespace baton::with {

token_buckets::token_buckets(std::size_t clients, std::int64_t interval, std::int64_t burst)
    : interval_{interval},
      burst_{burst},
      sets_per_shard_{
          std::bit_ceil(std::max<std::size_t>((clients + ways * shard_count - 1) / (ways * shard_count), 1))},
      shards_{std::make_unique<std::array<shard, shard_count>>()} {
  for (shard& each : *shards_) each.sets.resize(sets_per_shard_);
}

token_buckets::verdict token_buckets::take(std::uint64_t key, std::int64_t now) noexcept {
  shard& home = (*shards_)[key % shard_count];
  const std::size_t set = (key / shard_count) & (sets_per_shard_ - 1);
  const std::lock_guard lock{home.mutex};
  std::array<entry, ways>& entries = home.sets[set];
  auto found = std::find_if(entries.begin(), entries.end(), [key](const entry& e) { return e.key == key; });
  if (found == entries.end()) {
    const auto sooner = [](const entry& a, const entry& b) { return a.full_at < b.full_at; };
    found = std::min_element(entries.begin(), entries.end(), sooner);
    *found = {key, now};
  }
  return take_of(*found, now);
}

token_buckets::verdict token_buckets::take_of(entry& bucket, std::int64_t now) const noexcept {
  const std::int64_t room = interval_ * burst_;
  const std::int64_t began = std::max(bucket.full_at, now);
  const std::int64_t owed = began + interval_ - now;
  if (owed > room) return {false, 0, owed - room};
  bucket.full_at = began + interval_;
  return {true, (room - owed) / interval_, owed % interval_ == 0 ? interval_ : owed % interval_};
}

}  // namespace baton::with
