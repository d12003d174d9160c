// The demo's routes, by theme.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <baton/handover.hpp>
#include <baton/router.hpp>
#include <baton/static_files.hpp>

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

/// Files below a directory, which a reload may replace by another one. Any thread.
class shared_files {
 public:
  /// Empty: none, and every file is a 404. Throws as baton::static_files does; the old ones are served on then.
  void serve_from(const std::string& root);
  baton::response operator()(baton::request& req) const;

 private:
  mutable std::mutex mutex_;
  std::optional<baton::static_files> files_;  // guarded by mutex_
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

/// /static/..., compressed where the client wants it, and /inflate: how long a body is that was sent compressed.
void add_file_routes(baton::router& routes, std::shared_ptr<const shared_files> files);

/// What goes on until somebody ends it: /events /ws.
void add_live_routes(baton::router& routes);

}  // namespace demo
