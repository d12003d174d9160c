// The demo's routes, by theme.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <baton/handover.hpp>
#include <baton/router.hpp>

namespace demo {

/// A text that a reload may replace while handlers read it. Any thread.
class shared_text {
 public:
  explicit shared_text(std::string text) : text_{std::move(text)} {}
  [[nodiscard]] std::string get() const {
    const std::lock_guard lock{mutex_};
    return text_;
  }
  void set(std::string text) {
    const std::lock_guard lock{mutex_};
    text_.swap(text);
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

/// What some routes tell about this process.
struct identity {
  std::shared_ptr<const shared_text> version;  // shared by the routes and by whoever replaces it
  unsigned generation = 1;
};

/// `/`: what there is to try.
void add_page_routes(baton::router& routes);

/// Answers that are whole in memory: /plaintext /json /pid /generation /version /sleep /block
/// /users/{id} /counter /throw. `counter`, which outlives the routes, is what /counter counts with.
void add_basic_routes(baton::router& routes, identity who, baton::carried_counter& counter);

/// Bodies that are not: /echo /download.
void add_stream_routes(baton::router& routes);

}  // namespace demo
