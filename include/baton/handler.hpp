// What can answer a request. A plain function is called directly, without a coroutine frame; a
// coroutine is spawned on the connection's worker; a blocking function runs on a bounded pool of
// threads. Which of them a callable is follows from its signature, or from `blocking(f)`.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include <baton/body_stream.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>
#include <baton/types.hpp>

namespace baton {

/// A copyable, type-erased handler. Called by many worker threads at once: what it captures must
/// bear that.
class handler {
 public:
  /// `response(request&)`, called on the worker: must not block.
  using plain = std::function<response(request&)>;
  /// `task<response>(request&)`, run on the worker.
  using coroutine = std::function<task<response>(request&)>;
  /// `task<response>(request&, body_stream&)`: is started as soon as the head is there.
  using streaming = std::function<task<response>(request&, body_stream&)>;
  /// `response(request&)` on the blocking pool.
  struct blocking {
    plain call;
  };

  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, handler> && std::is_invocable_r_v<response, F&, request&> &&
           !std::is_invocable_r_v<task<response>, F&, request&>) handler(F call)
      : call_{std::in_place_type<plain>, std::move(call)} {}  // NOLINT: implicit on purpose

  template <class F>
  requires std::is_invocable_r_v<task<response>, F&, request&> handler(F call)
      : call_{std::in_place_type<coroutine>, std::move(call)} {}  // NOLINT

  template <class F>
  requires std::is_invocable_r_v<task<response>, F&, request&, body_stream&> handler(F call)
      : call_{std::in_place_type<streaming>, std::move(call)} {}  // NOLINT

  handler(blocking call) : call_{std::move(call)} {}  // NOLINT

  using target = std::variant<plain, coroutine, streaming, blocking>;
  [[nodiscard]] const target& call() const noexcept { return call_; }

 private:
  target call_;
};

/// Runs `call`, a `response(request&)`, on the blocking pool (`blocking.threads`). With the pool's
/// queue full (`blocking.queue`) the client gets 503 with `Retry-After`.
template <class F>
[[nodiscard]] handler blocking(F call) {
  return handler{handler::blocking{handler::plain{std::move(call)}}};
}

}  // namespace baton
