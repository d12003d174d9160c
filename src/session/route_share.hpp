// A worker's own share in the route table: which connections have a request on which table. A table is
// replaced between two requests, and what it holds (a plugin's code among it) must stay until the last
// answer that came from it has left. So a connection counts from the moment a route is looked up until its
// output has been flushed; idle ones do not.
//
// The count is the worker's own and no atomic, for every request pays for it. Rejected: a shared_ptr copied
// by each request (two atomic operations on a line that all workers share), and epochs (one slow stream
// would hold up every later table as well).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "http/route_table.hpp"

namespace baton::session {

class worker_routes;

/// One table on one worker.
class route_share {
 public:
  route_share(worker_routes& owner, std::shared_ptr<const http::route_table> table) noexcept
      : owner_{owner}, table_{std::move(table)} {}

 private:
  friend class route_use;
  friend class worker_routes;

  worker_routes& owner_;
  const std::shared_ptr<const http::route_table> table_;
  std::size_t users_ = 0;
};

/// Keeps a table in being while it exists. The worker's thread only.
class route_use {
 public:
  route_use() noexcept = default;
  explicit route_use(route_share& of) noexcept : share_{&of} { ++of.users_; }
  route_use(route_use&& other) noexcept : share_{std::exchange(other.share_, nullptr)} {}
  route_use& operator=(route_use&& other) noexcept {
    std::swap(share_, other.share_);
    other.reset();
    return *this;
  }
  ~route_use() { reset(); }

  void reset() noexcept;
  /// One more of the same table; empty for an empty one.
  [[nodiscard]] route_use again() const noexcept { return share_ == nullptr ? route_use{} : route_use{*share_}; }
  [[nodiscard]] explicit operator bool() const noexcept { return share_ != nullptr; }
  [[nodiscard]] const http::route_table& operator*() const noexcept { return *share_->table_; }
  [[nodiscard]] const http::route_table* operator->() const noexcept { return share_->table_.get(); }
  /// Newer requests get another table. Not on an empty one.
  [[nodiscard]] bool replaced() const noexcept;

 private:
  route_share* share_ = nullptr;
};

/// The worker's thread only.
class worker_routes {
 public:
  /// `unused` is called when a table that was replaced has no user any more: `sweep` is due, but not
  /// before the caller's stack has been left, for code of the table's may be on it. Must not throw.
  worker_routes(std::shared_ptr<const http::route_table> first, std::function<void()> unused)
      : unused_{std::move(unused)}, current_{std::make_unique<route_share>(*this, std::move(first))} {}
  worker_routes(const worker_routes&) = delete;
  worker_routes& operator=(const worker_routes&) = delete;

  [[nodiscard]] route_use use() noexcept { return route_use{*current_}; }

  /// From now on `use` gives `next`. Strong guarantee.
  void replace(std::shared_ptr<const http::route_table> next);

  /// Lets go of the tables that were replaced and have no user.
  void sweep() noexcept {
    if (!replaced_.empty()) sweep_replaced();
  }

 private:
  friend class route_use;
  void sweep_replaced() noexcept;

  std::function<void()> unused_;
  std::unique_ptr<route_share> current_;
  std::vector<std::unique_ptr<route_share>> replaced_;
};

inline bool route_use::replaced() const noexcept {
  return share_ != share_->owner_.current_.get();
}

inline void route_use::reset() noexcept {
  route_share* const share = std::exchange(share_, nullptr);
  if (share == nullptr || --share->users_ != 0) return;
  if (share != share->owner_.current_.get()) share->owner_.unused_();
}

}  // namespace baton::session
