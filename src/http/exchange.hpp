// What a running request needs of its connection, seen from the routes: its body stream and the
// blocking pool. The session implements it; the routes know no sockets and no threads.
#pragma once

#include <baton/body_stream.hpp>
#include <baton/handler.hpp>
#include <baton/options.hpp>

namespace baton::http {

class exchange {
 public:
  /// The body of the running request, for streaming handlers.
  virtual body_stream& body() = 0;
  /// Runs `call(req)` on the blocking pool and resumes on the worker. Throws a 503 http_error with
  /// `Retry-After` if the pool's queue is full; rethrows what `call` throws.
  virtual task<response> run_blocking(const handler::plain& call, request& req) = 0;
  /// The settings in force; null where there is no server.
  [[nodiscard]] virtual const options* settings() const noexcept { return nullptr; }

 protected:
  ~exchange() = default;
};

}  // namespace baton::http
