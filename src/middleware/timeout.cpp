#include <baton/middleware/timeout.hpp>

#include <array>
#include <exception>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/http_error.hpp>

namespace baton::with {
namespace {

namespace asio = boost::asio;

// Not operator||: an exception does not count as an end there, so that one would wait for the timer.
task<response> within(std::chrono::milliseconds longest, request& req, next rest) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor, longest};
  auto race = asio::experimental::make_parallel_group(asio::co_spawn(executor, rest(req), asio::deferred),
                                                      timer.async_wait(asio::deferred));
  auto [order, error, answer, expired] =
      co_await race.async_wait(asio::experimental::wait_for_one{}, asio::use_awaitable);
  if (order[0] == 1 && !expired) {
    throw http_error{status::service_unavailable, "timeout", "the handler was cancelled, its time was over"};
  }
  if (error) std::rethrow_exception(error);
  co_return std::move(answer);
}

}  // namespace

middleware timeout(std::chrono::milliseconds longest) {
  if (longest.count() <= 0) throw std::invalid_argument{"timeout: the time must be positive"};
  return [longest](request& req, next rest) { return within(longest, req, rest); };
}

}  // namespace baton::with
