// The table behind rate_limit: how far ahead of its time each client is. Sharded by the key's hash, a lock for each
// shard, so that workers seldom meet; within a shard sets of eight, as in a processor's cache, searched from end to
// end. Keys are 64-bit hashes, seeded by the caller: two clients that share one share a bucket.
//
// Rejected: exact least-recently-used order (a list to keep, under the lock, for each request), and a map per shard,
// which allocates and would have to be swept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace baton::with {

class token_buckets {
 public:
  /// `interval`: nanoseconds for one token; `burst`: tokens of a full bucket.
  token_buckets(std::size_t clients, std::int64_t interval, std::int64_t burst);

  struct verdict {
    bool admitted = false;
    std::int64_t left = 0;  ///< whole tokens, afterwards
    std::int64_t wait = 0;  ///< nanoseconds until there is a token: of one that is admitted, until there is one more
  };
  /// Takes a token of `key`'s, if there is one. `now` in nanoseconds of any steady clock. Any thread.
  [[nodiscard]] verdict take(std::uint64_t key, std::int64_t now) noexcept;

  [[nodiscard]] std::size_t capacity() const noexcept { return sets_per_shard_ * ways * shard_count; }

 private:
  struct entry {
    std::uint64_t key = 0;
    std::int64_t full_at = 0;  // when the bucket is full again; an entry of the past is as good as none
  };
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t shard_count = 16;
  struct shard {
    std::mutex mutex;
    std::vector<std::array<entry, ways>> sets;  // guarded by mutex
  };

  [[nodiscard]] verdict take_of(entry& bucket, std::int64_t now) const noexcept;

  // constant after construction
  const std::int64_t interval_;
  const std::int64_t burst_;
  const std::size_t sets_per_shard_;
  const std::unique_ptr<std::array<shard, shard_count>> shards_;
};

}  // namespace baton::with
