// One mutex for the channel: it is held for the time of some pointer copies, and taken once by a listener for all that
// waits.
#include <baton/event_stream.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "http/event_text.hpp"

namespace baton {

using text_pointer = std::shared_ptr<const std::string>;

// A stream that listens. What is not guarded belongs to its worker's thread.
struct event_channel::listener {
  listener(boost::asio::any_io_executor on, event_sender& to) : executor{std::move(on)}, out{&to} {}

  const boost::asio::any_io_executor executor;
  event_sender* const out;
  // guarded by the channel's mutex
  std::deque<text_pointer> queue;
  bool woken = false;  // or about to be
  bool ends = false;
};

struct event_channel::state {
  explicit state(event_channel_options given) : how{given} { how.queue = std::max<std::size_t>(how.queue, 1); }

  struct kept {
    std::string id;
    text_pointer text;
  };

  // Wakes its worker, unless that is under way. The listener is in `listeners`, so its worker is there.
  static void wake(const std::shared_ptr<listener>& to) {
    if (std::exchange(to->woken, true)) return;
    boost::asio::post(to->executor, [weak = std::weak_ptr{to}] {
      if (const auto alive = weak.lock()) alive->out->wake();
    });
  }

  void offer(const std::shared_ptr<listener>& to, const text_pointer& text) {
    if (to->ends) return;
    if (to->queue.size() >= how.queue) {
      ++dropped;
      if (how.policy == event_channel_options::slow::close) {
        to->ends = true;
        to->queue.clear();
        return wake(to);
      }
      to->queue.pop_front();
    }
    to->queue.push_back(text);
    wake(to);
  }

  void replay_to(listener& to, std::string_view last) const {
    if (last.empty()) return;
    const auto known = std::find_if(history.rbegin(), history.rend(), [&](const kept& k) { return k.id == last; });
    const auto from = known == history.rend() ? history.begin() : known.base();
    for (auto each = from; each != history.end(); ++each) to.queue.push_back(each->text);
  }

  event_channel_options how;  // constant after construction
  mutable std::mutex mutex;
  // guarded by mutex
  std::deque<kept> history;
  std::vector<std::shared_ptr<listener>> listeners;
  std::uint64_t last_number = 0;
  std::uint64_t dropped = 0;
  bool closed = false;
};

// In the coroutine's frame: while it is there, so are the worker and the sender.
class event_channel::subscription {
 public:
  subscription(state& channel, std::shared_ptr<listener> who) : channel_{channel}, who_{std::move(who)} {
    const std::lock_guard lock{channel_.mutex};
    channel_.replay_to(*who_, who_->out->last_event_id());
    who_->ends = channel_.closed;
    channel_.listeners.push_back(who_);
  }
  subscription(const subscription&) = delete;
  subscription& operator=(const subscription&) = delete;
  ~subscription() {
    const std::lock_guard lock{channel_.mutex};
    std::erase(channel_.listeners, who_);
  }

  // All that waits. False: the stream is to end behind it.
  [[nodiscard]] bool take(std::deque<text_pointer>& into) {
    into.clear();
    const std::lock_guard lock{channel_.mutex};
    into.swap(who_->queue);
    who_->woken = false;
    return !who_->ends;
  }

 private:
  state& channel_;
  const std::shared_ptr<listener> who_;
};

event_channel::event_channel(event_channel_options how) : state_{std::make_shared<state>(how)} {}

event_channel::~event_channel() {
  close();
}

void event_channel::publish(event what) {
  const std::lock_guard lock{state_->mutex};
  if (state_->closed) return;
  const std::uint64_t number = state_->last_number + 1;
  if (what.id.empty()) what.id = std::to_string(number);
  std::string line;
  http::append_event(line, what);
  const auto text = std::make_shared<const std::string>(std::move(line));
  state_->last_number = number;
  if (state_->how.replay != 0) {
    if (state_->history.size() == state_->how.replay) state_->history.pop_front();
    state_->history.push_back({std::move(what.id), text});
  }
  for (const auto& each : state_->listeners) state_->offer(each, text);
}

task<void> event_channel::listen(event_sender& out, std::shared_ptr<state> channel) {
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  const auto self = std::make_shared<listener>(executor, out);
  subscription here{*channel, self};
  std::deque<text_pointer> waiting;
  for (;;) {
    const bool goes_on = here.take(waiting);
    for (const text_pointer& each : waiting) co_await out.write(*each);
    if (!waiting.empty()) co_await out.flush();
    if (!goes_on) co_return;
    if (waiting.empty() && !co_await out.wait(std::chrono::hours{1})) co_return;
  }
}

response event_channel::stream(const request& req, event_stream_options how) {
  return event_stream(
      req, [channel = state_](event_sender& out) { return listen(out, channel); }, how);
}

std::size_t event_channel::listeners() const {
  const std::lock_guard lock{state_->mutex};
  return state_->listeners.size();
}

std::uint64_t event_channel::dropped() const {
  const std::lock_guard lock{state_->mutex};
  return state_->dropped;
}

void event_channel::close() {
  const std::lock_guard lock{state_->mutex};
  state_->closed = true;
  for (const auto& each : state_->listeners) {
    each->ends = true;
    state::wake(each);
  }
}

}  // namespace baton
