// The two directions of an upgraded connection. What came behind the request is read first.
#pragma once

#include <optional>

#include <boost/asio/steady_timer.hpp>

#include <baton/body_stream.hpp>

#include "session/connection.hpp"

namespace baton::session {

class tunnel_stream final : public upgraded_stream, private drain_watcher {
 public:
  explicit tunnel_stream(connection& c) noexcept;
  tunnel_stream(const tunnel_stream&) = delete;
  tunnel_stream& operator=(const tunnel_stream&) = delete;
  ~tunnel_stream();
  task<std::string_view> read() override;
  task<void> write(std::string_view data) override;
  [[nodiscard]] bool draining() const noexcept override;
  task<bool> wait(std::chrono::milliseconds time) override;

  // For a protocol that runs on the connection by itself, and whose operations may end later than this stream.
  [[nodiscard]] connection& owner() noexcept { return connection_; }
  /// As long as an operation is under way.
  static void keep(connection& c) noexcept { ++c.holds_; }
  static void let_go(connection& c) noexcept { c.drop_hold(); }
  [[nodiscard]] static bool closed(const connection& c) noexcept { return c.fsm_.closed(); }
  [[nodiscard]] static net::transport& transport(connection& c) noexcept { return *c.transport_; }
  [[nodiscard]] static worker_context& worker(connection& c) noexcept { return c.worker_; }
  /// What came behind the request comes first.
  [[nodiscard]] static net::io_result try_read(connection& c, std::span<char> into) noexcept;
  [[nodiscard]] static net::io_result try_write(connection& c, std::string_view first,
                                                std::string_view second) noexcept;
  /// Bytes in all that the kernel has taken.
  [[nodiscard]] static std::uint64_t written(const connection& c) noexcept { return c.written_; }
  /// Around each wait for the client to take more: it has `timeouts.write`. False: that is over.
  static void write_waits(connection& c, bool progress);
  [[nodiscard]] static bool write_waited(connection& c) noexcept;
  /// In the place of this stream, from now on; null for nobody.
  static void tell_of_drain(connection& c, drain_watcher* who) noexcept { c.drain_watcher_ = who; }
  /// Closes the connection now, and cancels its coroutine.
  static void cut(connection& c);

 private:
  void drain_began() override;

  connection& connection_;
  std::optional<boost::asio::steady_timer> timer_;  // of `wait`
};

}  // namespace baton::session
