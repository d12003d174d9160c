#include <baton/middleware/rate_limit.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>

#include <fmt/core.h>

#include <baton/http_error.hpp>

#include "middleware/token_buckets.hpp"

namespace baton::with {
namespace {

using nanoseconds = std::chrono::nanoseconds;

// The finaliser of splitmix64.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

class limiter {
 public:
  explicit limiter(rate_limit_options how)
      : how_{std::move(how)},
        interval_{nanoseconds{how_.per}.count() / std::max<std::uint32_t>(how_.requests, 1)},
        burst_{how_.burst != 0 ? how_.burst : how_.requests},
        buckets_{how_.clients, interval_, burst_},
        policy_{fmt::format("\"default\";q={};w={}", how_.requests, seconds_of(nanoseconds{how_.per}.count()))} {
    std::random_device source;
    for (std::uint64_t& part : seed_) part = (std::uint64_t{source()} << 32U) | source();
  }

  [[nodiscard]] bool announces() const noexcept { return how_.announce; }
  [[nodiscard]] std::optional<token_buckets::verdict> judge(const request& req) {
    const auto key = key_of(req);
    if (!key) return std::nullopt;
    const auto now = how_.now ? how_.now() : req.steady_now();
    return buckets_.take(*key, nanoseconds{now.time_since_epoch()}.count());
  }
  [[nodiscard]] http_error refusal(const token_buckets::verdict& found) const {
    http_error error{status::too_many_requests, "rate_limited"};
    error.detail("too many requests; wait a moment");
    error.set("Retry-After", std::to_string(seconds_of(found.wait)));
    error.set("RateLimit-Policy", policy_).set("RateLimit", state_of(found));
    return error;
  }
  void tell(response& answer, const token_buckets::verdict& found) const {
    answer.set("RateLimit-Policy", policy_);
    answer.set("RateLimit", state_of(found));
  }

 private:
  static std::int64_t seconds_of(std::int64_t count) noexcept {
    return std::max<std::int64_t>((count + 999'999'999) / 1'000'000'000, 1);
  }
  static std::string state_of(const token_buckets::verdict& found) {
    return fmt::format("\"default\";r={};t={}", found.left, seconds_of(found.wait));
  }
  std::optional<std::uint64_t> key_of(const request& req) const {
    if (how_.key) {
      const std::string key = how_.key(req);
      return key.empty() ? std::nullopt : std::optional{hash_of(key)};
    }
    const client_address network = req.client().network();
    // The peer itself: no field names one. Whom nobody knows shares a bucket with all like it.
    if (network.kind() == client_address::family::local) return std::nullopt;
    return hash_of({reinterpret_cast<const char*>(network.bytes().data()), network.bytes().size()});
  }
  // Seeded, so that nobody can choose whose bucket to share.
  std::uint64_t hash_of(std::string_view key) const noexcept {
    std::uint64_t hash = seed_[0] ^ key.size();
    while (!key.empty()) {
      std::uint64_t part = 0;
      const std::size_t taken = std::min(key.size(), sizeof part);
      std::memcpy(&part, key.data(), taken);
      hash = mixed(hash ^ part) + seed_[1];
      key.remove_prefix(taken);
    }
    return std::max<std::uint64_t>(mixed(hash), 1);  // 0 is an empty entry
  }

  // constant after construction
  const rate_limit_options how_;
  const std::int64_t interval_;
  const std::int64_t burst_;
  token_buckets buckets_;  // any thread
  const std::string policy_;
  std::array<std::uint64_t, 2> seed_{};
};

task<response> announced(std::shared_ptr<limiter> limit, token_buckets::verdict found, request& req, next rest) {
  response answer = co_await rest(req);
  limit->tell(answer, found);
  co_return answer;
}

}  // namespace

middleware rate_limit(rate_limit_options how) {
  constexpr std::int64_t longest = std::int64_t{365} * 24 * 3600 * 1'000'000'000;
  const std::int64_t per = nanoseconds{how.per}.count();
  const std::int64_t burst = how.burst != 0 ? how.burst : how.requests;
  if (how.requests == 0 || per / how.requests < 1 || how.per > std::chrono::hours{24 * 365} ||
      per / how.requests > longest / burst) {
    throw std::invalid_argument{"rate_limit: this is no rate that can be kept"};
  }
  return [limit = std::make_shared<limiter>(std::move(how))](request& req, next rest) -> task<response> {
    const auto found = limit->judge(req);
    if (found && !found->admitted) throw limit->refusal(*found);
    if (!found || !limit->announces()) return rest(req);
    return announced(limit, *found, req, rest);
  };
}

}  // namespace baton::with
