// Requests to a program's own routes, for its tests: they go through the real parser, limits, router, middleware and
// serialiser, on the caller's thread, without a socket, a port or a thread, and by a clock that the test sets.
//
//     baton::router routes;
//     shop::add_routes(routes);
//     baton::test_client client{std::move(routes)};
//     const auto answer = client.post("/orders", "application/json", R"({"article":"pen"})");
//     BOOST_TEST(answer.status == 201);
//
// What is of a connection is not here: keep-alive, pipelining, time-outs of the peer, `100 Continue`, a drain, tunnels.
// A handler on the blocking pool runs on the caller's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <baton/options.hpp>
#include <baton/router.hpp>

namespace baton {

/// What is sent. Nothing in it is checked: what a client may send wrongly, a test may.
struct test_request {
  explicit test_request(std::string target_of = "/", std::string method_of = "GET")
      : method{std::move(method_of)}, target{std::move(target_of)} {}

  test_request& field(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }

  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields{};  ///< `Host: test` is added where there is none
  /// The body. With one piece or none it goes with Content-Length, with more in chunks: a streaming handler
  /// gets one at each `read`.
  std::vector<std::string> body{};
  /// How long, by the test's clock, a streamed answer may go on waiting in `body_writer::wait` until it is told that
  /// the server drains: the end of what has none of its own.
  std::chrono::nanoseconds stream_for = std::chrono::minutes{1};
};

/// What comes back.
struct test_reply {
  unsigned status = 0;
  std::string head{};  ///< as on the wire, status line and empty line included
  std::vector<std::pair<std::string, std::string>> fields{};
  std::string body{};  ///< without framing; what came up to a cut
  std::vector<std::pair<std::string, std::string>> trailers{};
  /// The answer broke off: a handler failed behind its first flush, and a client sees the connection close.
  bool cut = false;

  /// The first value of a field; names compare without regard to case.
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
  /// All values of a field.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
};

/// One thread.
class test_client {
 public:
  /// `settings`: limits and the server's name are used. The time begins at 2020-01-01 00:00:00 UTC.
  explicit test_client(router routes, const options& settings = {});
  /// Cancels what runs in the background.
  ~test_client();
  test_client(const test_client&) = delete;
  test_client& operator=(const test_client&) = delete;

  test_reply get(std::string target);
  test_reply post(std::string target, std::string_view content_type, std::string body);
  test_reply send(const test_request& request);
  /// One request as it is on the wire. One that ends too early is answered as if the client had half-closed; one that
  /// has no whole head throws std::invalid_argument.
  test_reply send_bytes(std::string bytes);

  /// What `Date`, `request::now` and the expiry of cookies go by. It moves by itself only where a coroutine waits in
  /// `baton::sleep_for`, or a route's `handler_timeout` runs, and nothing else is ready: then at once to the end of it.
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept;
  void set_time(std::chrono::system_clock::time_point time) noexcept;
  /// Forwards, `steady_now` too; wakes what has slept long enough.
  void advance(std::chrono::nanoseconds by);

  /// The peer's address as handlers see it; `192.0.2.1:1024` at first. Throws std::invalid_argument for what is none.
  void peer(std::string address);

  /// Runs what handlers have started by `baton::background` to its end. How many tasks are left: none, but for those
  /// that wait for anything that does not come within 10 s.
  std::size_t finish_background();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace baton
