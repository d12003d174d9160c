// Where a program leaves background tasks and timers, whether its workers exist yet or not any more.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "server/server_core.hpp"

namespace baton {

/// Any thread.
class background_desk {
 public:
  void background(background_job work) {
    give([work = std::move(work)](server_core& core) { core.background(work); });
  }
  void every(std::chrono::milliseconds interval, background_job work) {
    if (interval < std::chrono::milliseconds{1})
      throw std::invalid_argument{"an interval must be a millisecond or more"};
    give([interval, work = std::move(work)](server_core& core) { core.every(interval, work); });
  }

  /// What was left so far goes to `core`, and what comes later at once, while the result exists.
  class opening {
   public:
    opening(background_desk& desk, server_core& core) : desk_{desk} { desk_.open(core); }
    opening(const opening&) = delete;
    opening& operator=(const opening&) = delete;
    ~opening() { desk_.close(); }

   private:
    background_desk& desk_;
  };

 private:
  using order = std::function<void(server_core&)>;

  void give(order what) {
    const std::lock_guard lock{mutex_};
    if (core_ != nullptr) return what(*core_);
    if (!over_) waiting_.push_back(std::move(what));
  }
  void open(server_core& core) {
    const std::lock_guard lock{mutex_};
    core_ = &core;
    for (const order& each : std::exchange(waiting_, {})) each(core);
  }
  void close() {
    const std::lock_guard lock{mutex_};
    core_ = nullptr;
    over_ = true;
  }

  std::mutex mutex_;
  server_core* core_ = nullptr;  // guarded by mutex_, as the two below
  bool over_ = false;
  std::vector<order> waiting_;
};

}  // namespace baton
