// One WebSocket on an upgraded connection. Beast speaks the protocol; who sends what when, limits, deadlines and the
// two ways to an end are decided here. Everything runs on the connection's worker; other threads put messages into the
// link's inbox.
//
//   open -> closing -> ended        `close`, the handler's return, an overflow, a drain (behind the route's hook)
//   open -> ended                   the client closed, broke the protocol or has gone
//
// In `closing`, what is queued leaves, then the close frame, then the client's is awaited; all that within `close`, or
// the connection is cut. Beast's own time-outs are off: they can throw, and would take a timer for each WebSocket.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <baton/websocket.hpp>

#include "http/websocket_handshake.hpp"
#include "net/timer_wheel.hpp"
#include "session/websocket_io.hpp"

namespace baton::session {

class websocket_session;

struct outgoing_message {
  /// What the queue's limit counts: the memory it takes, so that small and empty messages are not free.
  [[nodiscard]] std::size_t cost() const noexcept { return data->capacity() + 128; }

  std::shared_ptr<const std::string> data;
  websocket_kind kind;
};

/// Gives up room that a message does not need.
void tighten(std::string& data);

/// What handles share with their WebSocket.
struct websocket_link : std::enable_shared_from_this<websocket_link> {
  websocket_link(net::transport::executor_type on, std::size_t most) : executor{on}, limit{most} {}

  /// Counts a message as queued if there is room; one alone always has it.
  [[nodiscard]] bool take_room(std::size_t cost);
  void give_room(std::size_t cost);
  bool send(outgoing_message what);
  void close(std::uint16_t code, std::string reason);

  const net::transport::executor_type executor;
  const std::size_t limit;
  std::mutex mutex;
  // guarded by mutex
  websocket_session* session = nullptr;  // while it can send; so long its worker is there
  std::deque<outgoing_message> inbox;
  std::size_t bytes = 0;  // cost of the inbox and of the session's queue
  std::optional<std::pair<std::uint16_t, std::string>> closes;
  bool overflowed = false;
  bool posted = false;

 private:
  void post();
  void deliver();
};

/// What was agreed upon when it was opened.
struct websocket_terms {
  websocket_route route;
  std::optional<http::deflate_choice> deflate;
  std::string subprotocol;
  std::size_t message = 0;
  std::size_t queue = 0;
  std::chrono::milliseconds ping{0};
  std::chrono::milliseconds close{0};
};

class websocket_session final : public websocket,
                                public std::enable_shared_from_this<websocket_session>,
                                private net::timer_entry,
                                private drain_watcher {
 public:
  websocket_session(connection& c, websocket_terms terms);
  ~websocket_session();

  /// Before the handler is called.
  void begin();
  /// After it has returned: closes, and waits for the end.
  task<void> finish(std::uint16_t code);

  task<std::optional<websocket_message>> read() override;
  task<bool> send(websocket_message what) override;
  void close(std::uint16_t code, std::string reason) override;
  [[nodiscard]] bool open() const noexcept override;
  [[nodiscard]] std::uint16_t close_code() const noexcept override { return close_code_; }
  [[nodiscard]] bool draining() const noexcept override { return draining_; }
  [[nodiscard]] std::string_view subprotocol() const noexcept override { return terms_.subprotocol; }
  [[nodiscard]] websocket_handle handle() const override { return websocket_handle{link_}; }

  /// For the link: what other threads have sent.
  void take(std::deque<outgoing_message> inbox);
  void overflow();

 private:
  using error_code = boost::system::error_code;

  void on_deadline() override;
  void drain_began() override;
  task<void> run_hook();
  void stop_hook() { hook_.emit(boost::asio::cancellation_type::terminal); }
  void begin_close(std::uint16_t code, std::string reason);
  void write_next();
  void on_written(const error_code& error);
  void send_ping();
  void start_close();
  void on_closed(const error_code& error);
  void read_failed(const error_code& error);
  void end();
  void arm(std::chrono::milliseconds time);
  void time_passed();
  [[nodiscard]] bool shows_life();
  task<void> until_ended();

  template <class... Args, class Then>
  auto holding(Then then);

  // constant after construction
  connection& connection_;
  const websocket_terms terms_;
  const std::shared_ptr<websocket_link> link_;  // shared with handles

  // the worker's thread only
  boost::beast::websocket::stream<websocket_io> stream_;
  std::deque<outgoing_message> queue_;
  boost::asio::steady_timer room_;         // `send` waits for room in the queue
  boost::asio::steady_timer ended_;        // somebody waits for the end
  boost::asio::cancellation_signal hook_;  // of the route's hook, which holds the connection
  std::string close_reason_;
  std::int64_t delivered_ = 0;  // at the last deadline, as are the next two
  std::uint16_t sent_code_ = 0;
  std::uint16_t close_code_ = 1006;
  bool backlog_ = false;  // something of ours was under way
  bool unread_ = false;   // something of the client's was waiting
  bool reading_ = false;
  std::size_t last_read_ = 0;  // size of the last message
  bool writing_ = false;
  bool pinging_ = false;
  bool pinged_ = false;  // and nothing has come since
  bool draining_ = false;
  bool closing_ = false;
  bool close_started_ = false;
  bool over_ = false;      // ended
  bool returned_ = false;  // the handler has
};

}  // namespace baton::session
