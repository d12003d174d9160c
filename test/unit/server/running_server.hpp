// A server in this process, on a port of the system's choice, with what its tests watch: the states of
// its connections and a door that holds requests until it is opened.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <baton/server.hpp>

#include "support/eventually.hpp"
#include "support/raw_client.hpp"

namespace baton {

using namespace std::chrono_literals;
using test::eventually;
using test::patience;
using test::raw_client;

/// Handlers wait in front of it without blocking their worker.
class door {
 public:
  task<void> pass() {
    ++waiting_;
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
    while (!open_) {
      timer.expires_after(5ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }
  void open() noexcept { open_ = true; }
  [[nodiscard]] bool await(int waiting) const {
    return eventually(patience, [&] { return waiting_ >= waiting; });
  }

 private:
  std::atomic<int> waiting_{0};
  std::atomic<bool> open_{false};
};

inline options on_any_port() {
  options settings;
  settings.listen = {"127.0.0.1:0"};
  settings.threads = 2;
  settings.server_name = "";
  settings.timeouts.linger_close = 300ms;  // clients here stay open until the test ends
  return settings;
}

inline router hello() {
  router routes;
  routes.get("/hello", [](request&) { return response::text("hello"); });
  return routes;
}

class running_server {
 public:
  using states = std::vector<connection_state>;

  explicit running_server(router routes, options settings = on_any_port())
      : server_{std::move(settings), std::move(routes)} {
    server_.on_connection_state([this](const connection_info& who, connection_state state) {
      const std::lock_guard lock{mutex_};
      seen_[who.id].push_back(state);
    });
    server_.on_drain([this] { ++drains_; });
    server_.start();
  }

  server* operator->() noexcept { return &server_; }

  [[nodiscard]] test::endpoint where(std::size_t listener = 0) const {
    const std::string address = server_.addresses().at(listener);
    return test::endpoint::parse(address.starts_with("unix:") ? address : "http://" + address);
  }

  /// A drain that runs while the test goes on; it has begun when this returns.
  std::future<drain_result> shutting_down(std::chrono::milliseconds deadline = 0ms) {
    auto result = std::async(std::launch::async, [this, deadline] { return server_.shutdown(deadline); });
    BOOST_REQUIRE(eventually(patience, [&] { return refuses(); }));
    return result;
  }
  [[nodiscard]] bool refuses() const { return test::refuses(where()); }
  [[nodiscard]] int drains() const noexcept { return drains_; }

  [[nodiscard]] states seen(std::uint64_t connection = 1) const {
    const std::lock_guard lock{mutex_};
    const auto found = seen_.find(connection);
    return found == seen_.end() ? states{} : found->second;
  }
  [[nodiscard]] bool await(const states& wanted, std::uint64_t connection = 1) const {
    return eventually(patience, [&] { return seen(connection) == wanted; });
  }
  /// So many connections have been seen to reach `state` as their latest.
  [[nodiscard]] bool await_now(connection_state state, std::size_t count) const {
    return eventually(patience, [&] {
      const std::lock_guard lock{mutex_};
      std::size_t have = 0;
      for (const auto& [id, all] : seen_) have += all.back() == state ? 1 : 0;
      return have >= count;
    });
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, states> seen_;  // guarded by mutex_
  std::atomic<int> drains_{0};
  server server_;
};

/// Waits for a drain; fails the test instead of waiting for ever.
inline drain_result result_of(std::future<drain_result>& drain) {
  BOOST_REQUIRE((drain.wait_for(patience) == std::future_status::ready));
  return drain.get();
}

inline std::string get_text(std::string_view path, std::string_view fields = {}) {
  return test::get_request(path, fields);
}

}  // namespace baton
