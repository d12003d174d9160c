#include <baton/middleware/concurrency_limit.hpp>

#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/http_error.hpp>

namespace baton::with {
namespace {

namespace asio = boost::asio;

/// The places behind the limit, and who waits for one. Shared by all workers.
class places {
 public:
  explicit places(const concurrency_limit_options& how) : how_{how} {}

  /// One that waits, on its own worker. Its timer is touched there alone.
  struct waiter {
    explicit waiter(const asio::any_io_executor& where) : timer{where} {}
    asio::steady_timer timer;
    bool granted = false;  // guarded by the places' mutex
  };
  using waiter_list = std::list<std::shared_ptr<waiter>>;

  [[nodiscard]] bool try_enter() {
    const std::lock_guard lock{mutex_};
    if (taken_ == how_.in_flight) return false;
    ++taken_;
    return true;
  }
  /// False: the queue is full. A place that has become free meanwhile is granted at once.
  [[nodiscard]] bool queue_up(const std::shared_ptr<waiter>& who) {
    const std::lock_guard lock{mutex_};
    if (taken_ < how_.in_flight) {
      ++taken_;
      who->granted = true;
      return true;
    }
    if (how_.patience.count() <= 0 || waiting_.size() >= how_.queue) return false;
    waiting_.push_back(who);
    return true;
  }
  /// Its wait is over: whether it has a place.
  [[nodiscard]] bool settle(const std::shared_ptr<waiter>& who) {
    const std::lock_guard lock{mutex_};
    if (!who->granted) waiting_.remove(who);
    return who->granted;
  }
  [[nodiscard]] bool granted(const waiter& who) {
    const std::lock_guard lock{mutex_};
    return who.granted;
  }
  // The place goes to the first who waits; taken_ stays as it is then.
  void leave() noexcept {
    std::shared_ptr<waiter> next;
    {
      const std::lock_guard lock{mutex_};
      if (waiting_.empty()) {
        --taken_;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
      next->granted = true;
    }
    try {
      asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
    } catch (const std::exception&) {
      // No memory to tell it by: it finds its place when its time is over.
    }
  }
  [[nodiscard]] http_error refusal() const {
    http_error error{status::service_unavailable, "overloaded", "the concurrency limit is reached"};
    error.set("Retry-After", std::to_string(how_.retry_after.count()));
    return error;
  }
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept { return how_.patience; }

 private:
  const concurrency_limit_options how_;
  std::mutex mutex_;
  std::size_t taken_ = 0;  // guarded by mutex_
  waiter_list waiting_;    // guarded by mutex_
};

/// A place that was taken; gives it back.
class place {
 public:
  explicit place(places& from) noexcept : from_{from} {}
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() { from_.leave(); }

 private:
  places& from_;
};

// A coroutine that is destroyed while it waits leaves the queue too.
class queued {
 public:
  queued(places& where, std::shared_ptr<places::waiter> who) : where_{where}, who_{std::move(who)} {}
  queued(const queued&) = delete;
  queued& operator=(const queued&) = delete;
  ~queued() {
    if (!settled_ && where_.settle(who_)) where_.leave();
  }
  [[nodiscard]] bool settle() {
    settled_ = true;
    return where_.settle(who_);
  }

 private:
  places& where_;
  const std::shared_ptr<places::waiter> who_;
  bool settled_ = false;
};

task<bool> wait_for_place(places& where) {
  const auto executor = co_await asio::this_coro::executor;
  const auto me = std::make_shared<places::waiter>(executor);
  if (!where.queue_up(me)) co_return false;
  queued standing{where, me};
  if (!where.granted(*me)) {
    boost::system::error_code error;
    me->timer.expires_after(where.patience());
    co_await me->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  co_return standing.settle();
}

task<response> limited(std::shared_ptr<places> where, request& req, next rest) {
  const bool entered = where->try_enter() || co_await wait_for_place(*where);
  if (!entered) throw where->refusal();
  const place mine{*where};
  co_return co_await rest(req);
}

}  // namespace

middleware concurrency_limit(concurrency_limit_options how) {
  if (how.in_flight == 0) throw std::invalid_argument{"concurrency_limit: nothing would ever be served"};
  return [where = std::make_shared<places>(how)](request& req, next rest) { return limited(where, req, rest); };
}

}  // namespace baton::with
