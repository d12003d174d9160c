// WebSocket connections that send a message, or `depth` of them, whenever the last came back. A message
// counts as a request. A connection that ends is an error and stays closed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialer.hpp"
#include "frame_reader.hpp"
#include "workload.hpp"

namespace baton::bench {

/// The request that opens a WebSocket.
[[nodiscard]] std::string upgrade_request(const options& wanted);

class echoes final : public workload {
 public:
  /// `opened`: WebSockets. All references outlive this.
  echoes(const options& wanted, poller& poll, tally& seen, std::vector<wire> opened);

  void ready(std::size_t id, std::uint32_t events) override;
  time turn(time now) override { return now + std::chrono::seconds{1}; }
  void finish() override { sending_ = false; }
  [[nodiscard]] bool quiet() const override { return owed_ == 0; }
  void give_up() override;

 private:
  struct client {
    wire link;
    frame_reader reader;
    std::string_view unsent{};
    std::string pong{};       // goes out between batches
    std::size_t missing = 0;  // messages of the batch that are to come back
    time since{};
  };

  void send(client& who);
  void push(client& who);
  void pull(client& who);
  void lose(client& who, const char* what);

  const std::string batch_;
  const std::size_t depth_;
  tally& tally_;
  bool sending_ = true;
  std::size_t owed_ = 0;
  std::vector<client> clients_;
  std::vector<char> buffer_;
};

}  // namespace baton::bench
