// Connections that listen to an event stream: each asks once and counts the events that come, told by the
// empty line behind them. Events have no latency here; the windows tell how evenly they come.
#pragma once

#include <string>
#include <vector>

#include "answer_reader.hpp"
#include "dialer.hpp"
#include "workload.hpp"

namespace baton::bench {

class listeners final : public workload {
 public:
  /// All references outlive this.
  listeners(const options& wanted, dialer& dial, poller& poll, tally& seen);

  [[nodiscard]] bool prepared() const override { return begun_ == clients_.size(); }
  void ready(std::size_t id, std::uint32_t events) override;
  time turn(time now) override;
  void finish() override {}
  [[nodiscard]] bool quiet() const override { return true; }
  void give_up() override;

 private:
  struct client {
    wire link;
    answer_reader reader;
    known_head unused;  // no two answers come here
    std::string_view unsent;
    std::string line;    // the unfinished line
    bool said = false;   // the event has a line of data
    bool begun = false;  // the head of the answer has come
  };

  void push(client& who);
  void pull(client& who);
  void lose(client& who, const char* what);
  [[nodiscard]] static std::size_t events_in(client& who, std::string_view body);

  const std::string request_;
  dialer& dialer_;
  poller& poller_;
  tally& tally_;
  std::size_t dialled_ = 0;
  std::size_t begun_ = 0;
  std::vector<client> clients_;
  std::vector<char> buffer_;
  std::string body_;
};

}  // namespace baton::bench
