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

 private:
  void drain_began() override;

  connection& connection_;
  std::optional<boost::asio::steady_timer> timer_;  // of `wait`
};

}  // namespace baton::session
