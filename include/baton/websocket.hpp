// WebSockets (RFC 6455), with compression (RFC 7692).
//
//     routes.get("/echo", [](baton::request& req) {
//       return baton::accept_websocket(req, [](baton::websocket& ws) -> baton::task<void> {
//         while (auto message = co_await ws.read()) co_await ws.send(std::move(*message));
//       });
//     });
//
// The handler owns the connection until it returns; then it is closed, with 1000, or 1011 after an exception. Pings are
// answered, and the client's going is noticed, while the handler reads. When a drain begins, the client gets 1001
// (going away) and `read` ends; clients come back, to the new process. Others send through a `websocket_handle`, from
// any thread.
//
// Rejected: callbacks for messages (a coroutine keeps the conversation in one place, and pushes back by not reading).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <baton/request.hpp>
#include <baton/response.hpp>
#include <baton/types.hpp>

namespace baton {

namespace session {
struct websocket_link;
}  // namespace session

enum class websocket_kind : std::uint8_t {
  text,   ///< UTF-8: checked when it comes, and to be so when it is sent
  binary  ///< any bytes
};

struct websocket_message {
  explicit websocket_message(std::string bytes = {}, websocket_kind what = websocket_kind::text)
      : data{std::move(bytes)}, kind{what} {}

  std::string data;
  websocket_kind kind;
};

/// Sends to a WebSocket from anywhere: any thread, any number of copies, also when the WebSocket has gone.
class websocket_handle {
 public:
  /// Nobody's: sends nothing.
  websocket_handle() = default;
  explicit websocket_handle(std::shared_ptr<session::websocket_link> link) noexcept : link_{std::move(link)} {}

  /// Puts it into the send queue. False if the WebSocket has gone, or its queue is full: then the message is dropped,
  /// and with `overflow::close` the client too. Never waits.
  bool send(std::string data, websocket_kind kind = websocket_kind::text) const;
  /// The same for a text that many get; it is not copied for each.
  bool send(std::shared_ptr<const std::string> data, websocket_kind kind = websocket_kind::text) const;
  /// As websocket::close.
  void close(std::uint16_t code = 1000, std::string reason = {}) const;

 private:
  std::shared_ptr<session::websocket_link> link_;
};

/// The WebSocket as its handler sees it. On the worker's thread; one `read` and one `send` at a time.
class websocket {
 public:
  websocket() = default;
  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;

  /// The next message, whole; nullopt when the WebSocket has ended, whoever ended it, then and ever after.
  virtual task<std::optional<websocket_message>> read() = 0;
  /// Queues a message, in the order of calls. With `overflow::wait` it suspends until the queue has room. False if it
  /// was dropped, or the WebSocket has ended.
  virtual task<bool> send(websocket_message what) = 0;
  /// Closes behind what is queued; returns at once, and `read` ends when the client has answered, or `websocket.close`
  /// has passed. A code that may not be sent (RFC 6455 section 7.4) becomes 1000; of `reason` 123 bytes are sent. Does
  /// nothing if closing.
  virtual void close(std::uint16_t code = 1000, std::string reason = {}) = 0;

  /// Neither side has ended it.
  [[nodiscard]] virtual bool open() const noexcept = 0;
  /// After the end: what the client said; 1005 if nothing, 1006 if the connection was cut.
  [[nodiscard]] virtual std::uint16_t close_code() const noexcept = 0;
  /// The server drains: see `websocket_route::on_drain`.
  [[nodiscard]] virtual bool draining() const noexcept = 0;
  /// The protocol agreed upon, empty if none.
  [[nodiscard]] virtual std::string_view subprotocol() const noexcept = 0;
  [[nodiscard]] virtual websocket_handle handle() const = 0;

 protected:
  ~websocket() = default;
};

/// What a route has of its own; the rest is as the operator says (`websocket.*`).
struct websocket_route {
  websocket_route() = default;

  /// What happens to messages when `queue` is full.
  enum class overflow : std::uint8_t {
    wait,  ///< `send` waits; through a handle they are dropped
    drop,  ///< they are dropped
    close  ///< so are they, and the client is closed with 1008
  };

  std::vector<std::string> subprotocols{};  ///< the first of these that the client offers is chosen
  /// Whether a page from `origin` (the field `Origin`) may connect; 403 otherwise. Asked where a browser says so.
  /// Empty: pages from the host that the request names, so that no foreign page speaks with a user's cookies.
  std::function<bool(std::string_view origin, const request& req)> allow_origin{};
  /// Called when a drain begins, before the client is closed with 1001; it has as long as `websocket.close`. An
  /// exception is ignored.
  std::function<task<void>(websocket&)> on_drain{};
  overflow policy = overflow::wait;
  std::optional<std::size_t> message{};              ///< as websocket.message
  std::optional<std::size_t> queue{};                ///< as websocket.queue
  std::optional<std::chrono::milliseconds> ping{};   ///< as websocket.ping
  std::optional<std::chrono::milliseconds> close{};  ///< as websocket.close
  std::optional<bool> deflate{};                     ///< as websocket.deflate
};

/// Called for each client; what it captures must bear many workers. An exception is logged.
using websocket_handler = std::function<task<void>(websocket&)>;

/// The answer to a client that opens a WebSocket, or why it cannot: 405 for another method than GET, 426 for a request
/// that asks for no WebSocket or for another version than 13, 400 without exactly one right `Sec-WebSocket-Key`, 403
/// for a foreign `Origin`.
[[nodiscard]] response accept_websocket(const request& req, websocket_handler run, websocket_route route = {});

}  // namespace baton
