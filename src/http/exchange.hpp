// What a running request needs of its connection, seen from the routes: its body stream, the blocking
// pool, tasks that outlive it, the time. The session implements it, and the test client; the routes know
// no sockets and no threads.
#pragma once

#include <chrono>

#include <baton/background.hpp>
#include <baton/body_stream.hpp>
#include <baton/handler.hpp>
#include <baton/options.hpp>

namespace baton::http {

struct proxy_trust;

class exchange {
 public:
  /// The body of the running request, for streaming handlers.
  virtual body_stream& body() = 0;
  /// Runs `call(req)` on the blocking pool and resumes on the worker. Throws a 503 http_error with
  /// `Retry-After` if the pool's queue is full; rethrows what `call` throws.
  virtual task<response> run_blocking(const handler::plain& call, request& req) = 0;
  /// The settings in force; null where there is no server.
  [[nodiscard]] virtual const options* settings() const noexcept { return nullptr; }
  /// Runs `work` on the worker, beyond the end of the request; a drain waits for it.
  virtual void run_in_background(background_job work) = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const noexcept {
    return std::chrono::system_clock::now();
  }
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const noexcept {
    return std::chrono::steady_clock::now();
  }
  /// A moment before which nothing that this request may depend on has been looked at by its worker: whoever has looked
  /// at something later need not look again. On a worker one moment for all requests that were ready together, without
  /// a look at the clock each. Any thread that runs the request.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point ready_since() { return steady_now(); }
  /// Whom to believe of what `Forwarded` and its like say; null: nobody. Valid until the next turn of the worker.
  [[nodiscard]] virtual const proxy_trust* trust() const noexcept { return nullptr; }
  /// The connection is encrypted.
  [[nodiscard]] virtual bool secure() const noexcept { return false; }

 protected:
  ~exchange() = default;
};

}  // namespace baton::http
