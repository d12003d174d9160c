// Server-sent events (HTML standard, section 9.2): an answer that goes on, one event after the other, and
// that browsers read with `EventSource`, which comes back by itself and says which event it had last.
//
//     routes.get("/clock", [](baton::request& req) {
//       return baton::event_stream(req, [](baton::event_sender& out) -> baton::task<void> {
//         do {
//           co_await out.send(baton::event{the_time()});
//         } while (co_await out.wait(1s));
//       });
//     });
//
// A stream ends cleanly when a drain begins, wherever its coroutine is suspended, with a `retry:` line, so that on
// an upgrade the client is with the new process a moment later. `event_channel` is for events that many hear.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <baton/body_stream.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

/// One event. All texts are UTF-8.
struct event {
  explicit event(std::string event_data = {}, std::string event_type = {}, std::string event_id = {})
      : data{std::move(event_data)}, type{std::move(event_type)}, id{std::move(event_id)} {}

  std::string data;  ///< any number of lines; clients see no event without data
  std::string type;  ///< `message` to clients if empty; one line
  std::string id;    ///< what a client says in `Last-Event-ID` when it comes back; one line without NUL; empty: none
  std::optional<std::chrono::milliseconds> retry{};  ///< from now on, when to come back after the stream has ended
};

/// The stream as its handler sees it. On the worker's thread; one call at a time, but for `wake`.
class event_sender {
 public:
  event_sender(body_writer& out, std::string last_event_id, std::chrono::milliseconds keep_alive);
  event_sender(const event_sender&) = delete;
  event_sender& operator=(const event_sender&) = delete;

  /// The event that the client had last, as it says; empty if it comes for the first time.
  [[nodiscard]] std::string_view last_event_id() const noexcept { return last_event_id_; }

  /// Sends it now; suspends while the client reads too slowly. Throws std::invalid_argument for a type or id with a
  /// line end (an id with NUL, too), otherwise as `body_writer::write`.
  task<void> send(event what);
  /// A line that clients ignore.
  task<void> comment(std::string text);

  /// Waits for `time`, or until `wake`, sending keep-alive comments meanwhile. False: the server drains, and the
  /// handler should return; what it still sends arrives. Asked again then, it throws `operation_aborted`, which ends
  /// the stream as well.
  task<bool> wait(std::chrono::milliseconds time);
  /// Ends the present `wait` with true. From what was posted to the handler's executor.
  void wake() noexcept;

 private:
  friend class event_channel;
  task<void> write(std::string_view text);
  task<void> flush();

  body_writer& out_;
  const std::string last_event_id_;
  const std::chrono::milliseconds keep_alive_;
  std::chrono::steady_clock::time_point spoke_;  // when something was sent last
  bool sent_ = false;                            // the head has left
  bool woken_ = false;
  bool told_ = false;  // of the drain
};

/// What a stream has of its own; the rest is as the operator says (`events.*`).
struct event_stream_options {
  event_stream_options() = default;

  std::optional<std::chrono::milliseconds> keep_alive{};  ///< as events.keep_alive
  std::optional<std::chrono::milliseconds> retry{};       ///< as events.retry
};

/// Called for each client; the stream ends when it returns. An exception before anything was sent is answered with an
/// error, a later one cuts the connection. What it captures must bear many workers.
using event_producer = std::function<task<void>(event_sender&)>;

/// A stream of events for the client of `req`: `text/event-stream`, never cached.
[[nodiscard]] response event_stream(const request& req, event_producer run, event_stream_options how = {});

struct event_channel_options {
  event_channel_options() = default;

  /// What happens to a client that reads too slowly.
  enum class slow : std::uint8_t {
    drop_oldest,  ///< it misses the events that have waited longest
    close         ///< its stream ends; when it comes back, it gets from `replay` what it has missed
  };

  std::size_t queue = 256;  ///< events that wait for one client; at least 1
  slow policy = slow::drop_oldest;
  std::size_t replay = 64;  ///< events kept for clients that come back; zero: none
};

/// Sends events to everyone who listens, whatever worker they are on. Any thread, all members. Cheap per event: its
/// text is made once, and each worker is woken once however many events come together.
class event_channel {
 public:
  explicit event_channel(event_channel_options how = {});
  /// As `close()`.
  ~event_channel();
  event_channel(const event_channel&) = delete;
  event_channel& operator=(const event_channel&) = delete;

  /// To all who listen now. Without an id it gets one, a decimal number that counts up from 1 in this process. Throws
  /// as `event_sender::send`. Does nothing after `close`.
  void publish(event what);

  /// A stream of what is published from now on. To a client that says which event it had last, first what came after
  /// that; all that is kept, where that event is not known (any more).
  [[nodiscard]] response stream(const request& req, event_stream_options how = {});

  /// How many listen.
  [[nodiscard]] std::size_t listeners() const;
  /// Events that slow clients have missed.
  [[nodiscard]] std::uint64_t dropped() const;
  /// Ends all streams, those that are opened later at once.
  void close();

 private:
  struct state;
  struct listener;
  class subscription;
  static task<void> listen(event_sender& out, std::shared_ptr<state> channel);

  std::shared_ptr<state> state_;  // shared with the streams, which may outlive the channel
};

}  // namespace baton
